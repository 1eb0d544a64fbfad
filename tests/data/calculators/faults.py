"""Calculators that go wrong in every way that a calculator can. Which structures they fail on is in the structures: the
distance of the last two atoms, in tenths of an Angstrom."""
import os
import signal
import sys
import time

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT


def mark(atoms):
    return int(round(10 * np.linalg.norm(atoms.positions[-1] - atoms.positions[-2])))


class Faulty(Calculator):
    """EMT that calls fault() on structures with one of the marks, after it has written their mark to the log."""
    implemented_properties = ["energy", "forces"]

    def __init__(self, marks=(), log=None, sleep=0.0):
        super().__init__()
        self.emt, self.marks, self.log, self.sleep = EMT(), marks, log, sleep

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.log:
            with open(self.log, "a") as log:
                log.write(f"{mark(atoms)} {np.abs(atoms.positions).sum():.9f}\n")
        time.sleep(self.sleep)
        self.emt.reset()
        self.emt.calculate(atoms, ["energy", "forces"], all_changes)
        self.results = {key: self.emt.results[key] for key in self.implemented_properties}
        if mark(atoms) in self.marks:
            self.fault()

    def fault(self):
        pass


class Noisy(Faulty):
    """Every second energy is higher."""

    def __init__(self, noise=0.0, **others):
        super().__init__(**others)
        self.noise, self.times = noise, 0

    def calculate(self, *arguments, **named):
        super().calculate(*arguments, **named)
        self.results["energy"] += self.noise * (self.times % 2)
        self.times += 1


class Raises(Faulty):
    def fault(self):
        raise ArithmeticError("it did not converge")


class Exits(Faulty):
    def fault(self):
        sys.exit("no more")


class Killed(Faulty):
    def fault(self):
        print("the last thing it said", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class KilledOnce(Faulty):
    """Whether it has been killed is whether there is a file."""

    def __init__(self, flag, **others):
        super().__init__(**others)
        self.flag = flag

    def fault(self):
        if not os.path.exists(self.flag):
            open(self.flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)


class Hangs(Faulty):
    def fault(self):
        time.sleep(1000)


class Nan(Faulty):
    def fault(self):
        self.results["energy"] = float("nan")


class WrongShape(Faulty):
    def fault(self):
        self.results["forces"] = self.results["forces"][1:]


class Prints(Faulty):
    """On standard output, by Python and past it, and more than a pipe holds."""

    def fault(self):
        print("GDF1" * 100000)
        os.write(1, b"\x00" * 100000)
        os.system("echo from a shell")


class Forks(Faulty):
    """Its child goes on as if it were the worker."""

    def fault(self):
        if os.fork() == 0:
            self.results["energy"] = 0.0
        else:
            os.wait()


class ForksAndStays(Faulty):
    """Its child keeps the pipes open after the worker's death."""

    def fault(self):
        if os.fork() == 0:
            time.sleep(1000)
        os.kill(os.getpid(), signal.SIGKILL)


class Energies(Faulty):
    implemented_properties = ["energy"]


class Many:
    """Takes many structures at once; writes how many into the log."""

    def __init__(self, log=None, marks=(), killed=()):
        self.log, self.marks, self.killed = log, marks, killed

    def evaluate_many(self, structures):
        if self.log:
            with open(self.log, "a") as log:
                log.write(f"{len(structures)}\n")
        for atoms in structures:
            if mark(atoms) in self.killed:
                os.kill(os.getpid(), signal.SIGKILL)
            if mark(atoms) in self.marks:
                yield ArithmeticError("it did not converge")
                continue
            calculator = EMT()
            calculator.calculate(atoms, ["energy", "forces"], all_changes)
            yield {"energy": calculator.results["energy"], "forces": calculator.results["forces"]}


def nothing():
    return None


def refuses():
    raise RuntimeError("no licence")


class WrongForces(Faulty):
    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results["forces"] = 1.5 * self.results["forces"]


class Remembers(Faulty):
    """What it gives depends on how much it has seen."""
    seen = 0

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.seen += 1
        self.results["energy"] += 0.01 * self.seen


class Frame(Faulty):
    """There is a preferred direction."""

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results["energy"] += 0.1 * atoms.positions[:, 2].sum()
        self.results["forces"] = self.results["forces"] - [0, 0, 0.1]


class Order(Faulty):
    """The first atom is another one than the rest."""

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results["energy"] += 0.1 * np.linalg.norm(atoms.positions[0] - atoms.positions[1])
