"""Evaluates structures for godiff with a calculator of the Atomic Simulation Environment (ASE).

With --check and the name of a calculator it only says what is wrong with the name.

godiff starts it as  PYTHON ase_worker.py JSON  and talks to it in binary frames over its standard input and output;
docs/worker-protocol.md describes them. JSON: {"calculator": WHAT, "options": {...}, "forces": true}.
"""
import importlib
import importlib.util
import json
import os
import queue
import signal
import struct
import sys
import threading
import traceback

# Short names: the callable that makes the calculator, and options that it gets unless others are given.
NAMES = {
    "emt": ("ase.calculators.emt:EMT", {}),
    "lj": ("ase.calculators.lj:LennardJones", {}),
    "morse": ("ase.calculators.morse:MorsePotential", {}),
    "mace": ("mace.calculators:mace_mp", {"default_dtype": "float64"}),
    "chgnet": ("chgnet.model.dynamics:CHGNetCalculator", {}),
    "sevennet": ("sevenn.calculator:SevenNetCalculator", {}),
    "mattersim": ("mattersim.forcefield:MatterSimCalculator", {}),
    "xtb": ("xtb.ase.calculator:XTB", {}),
    "tblite": ("tblite.ase:TBLite", {}),
    "dftb": ("ase.calculators.dftb:Dftb", {}),
}

MAGIC, HELLO, EVALUATE, RESULT, FATAL = 0x31464447, 1, 2, 3, 4


# --- Frames ---------------------------------------------------------------------------------------------------------

class Channel:
    """The pipes to godiff, out of reach of whatever prints or reads."""

    def __init__(self):
        self.requests, self.answers = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)  # what a calculator prints are messages
        sys.stdout.reconfigure(line_buffering=True)
        self.pid, self.busy, self.frames = os.getpid(), False, queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, kind, body):
        if os.getpid() != self.pid:
            os._exit(0)  # a calculator has forked
        frame = memoryview(struct.pack("<IIQ", MAGIC, kind, len(body)) + body)
        while frame:
            frame = frame[os.write(self.answers, frame):]

    def receive(self):
        """The body of the next request; None when godiff has left."""
        self.busy = False
        body = self.frames.get()
        self.busy = True
        return body

    def _read(self, length):
        parts = []
        while length:
            part = os.read(self.requests, min(length, 1 << 20))
            if not part:
                return None
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _listen(self):
        while True:
            header = self._read(16)
            magic, kind, length = struct.unpack("<IIQ", header) if header else (0, 0, 0)
            body = self._read(length) if magic == MAGIC and kind == EVALUATE else None
            if body is None and self.busy and os.getpgrp() == self.pid:
                os.killpg(self.pid, signal.SIGKILL)  # nobody waits for the result, nor for what works on it
            self.frames.put(body)
            if body is None:
                return


# --- Calculators ----------------------------------------------------------------------------------------------------

def load(what):
    """What "FILE.py:NAME", "module:NAME" or a short name stands for, and its own options."""
    options = {}
    if ":" not in what:
        if what not in NAMES:
            raise ValueError(f"no calculator is called \"{what}\"; there are {', '.join(NAMES)}, FILE.py:FUNCTION and "
                             f"module:callable")
        what, options = NAMES[what]
    where, name = what.rsplit(":", 1)
    if where.endswith(".py"):
        sys.path.insert(0, os.path.dirname(os.path.abspath(where)))
        spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(where))[0], where)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(where)
    for part in name.split("."):
        module = getattr(module, part)
    return module, options


def find_fault(what):
    """What is wrong with the name of a calculator, as far as can be seen without running its code; None: nothing."""
    import ast
    import difflib
    here = f"{sys.executable}; another Python is chosen by python: PATH"
    if not importlib.util.find_spec("ase"):
        return f"there is no ASE ({here})"
    if ":" not in what:
        if what not in NAMES:
            nearest = difflib.get_close_matches(what, NAMES, 1)
            return (f'no calculator is called "{what}"' + (f', did you mean "{nearest[0]}"?' if nearest else "") +
                    f" (short names: {', '.join(NAMES)}; or FILE.py:FUNCTION, module:callable)")
        what = NAMES[what][0]
    where, name = what.rsplit(":", 1)
    if not where.endswith(".py"):
        top = where.split(".")[0]
        sys.path[0] = os.getcwd()
        return None if importlib.util.find_spec(top) else f"the package {top} is not there ({here})"
    try:
        with open(where, "rb") as file:
            tree = ast.parse(file.read())
    except SyntaxError as error:
        return f"{os.path.basename(where)}, line {error.lineno}: {error.msg}"
    names = {alias for node in ast.walk(tree) for alias in bound(node)}
    if name.split(".")[0] in names or "*" in names:
        return None
    nearest = difflib.get_close_matches(name, names, 1)
    return f'{os.path.basename(where)} has no "{name}"' + (f', did you mean "{nearest[0]}"?' if nearest else "")


def bound(node):
    """The names that a piece of a program gives a value."""
    import ast
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


def make(settings):
    """The calculator: an object with calculate() of ASE, get_potential_energy(), or evaluate_many()."""
    made, options = load(settings["calculator"])
    options = {**options, **(settings.get("options") or {})}
    if callable(made):
        made = made(**options)
    elif options:
        raise TypeError(f"{settings['calculator']} is not callable: it takes no options")
    for method in ("evaluate_many", "get_potential_energy"):
        if hasattr(made, method):
            return made
    raise TypeError(f"{settings['calculator']} gave {type(made).__name__}, which is no calculator: it has neither "
                    f"get_potential_energy nor evaluate_many")


def evaluate_one(calculator, atoms, forces):
    """Energy and forces of one structure, as of a calculator that has seen no other."""
    from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
    try:
        if isinstance(calculator, Calculator):
            calculator.reset()
            calculator.calculate(atoms, ["energy", "forces"] if forces else ["energy"], all_changes)
            results = calculator.results
            if forces and "forces" not in results:
                raise PropertyNotImplementedError("the calculator gave no forces")
            return results["energy"], results["forces"] if forces else None
        return calculator.get_potential_energy(atoms), calculator.get_forces(atoms) if forces else None
    except (PropertyNotImplementedError, NotImplementedError) as error:
        raise RuntimeError(f"{error}; forces: false is for calculators that only have energies") from error


# --- Structures and results -----------------------------------------------------------------------------------------

class Structures:
    """The structures of a request as ase.Atoms; of one composition at a time there is one object, for one at a time."""

    def __init__(self, body):
        import numpy
        self.numpy = numpy
        self.count, self.forces = struct.unpack_from("<II", body)
        about = [struct.unpack_from("<I3?x", body, 8 + 8 * k) for k in range(self.count)]
        self.parts, at = [], 8 + 8 * self.count
        for atoms, *pbc in about:
            cell = numpy.frombuffer(body, "<f8", 9, at).reshape(3, 3)
            positions = numpy.frombuffer(body, "<f8", 3 * atoms, at + 72).reshape(atoms, 3)
            numbers = numpy.frombuffer(body, "<i4", atoms, at + 72 + 24 * atoms)
            self.parts.append((cell, pbc, positions, numbers))
            at += 72 + 24 * atoms + (4 * atoms + 7) // 8 * 8

    def atoms(self, k):
        from ase import Atoms
        cell, pbc, positions, numbers = self.parts[k]
        return Atoms(numbers=numbers, positions=positions, cell=cell, pbc=pbc)

    def pack(self, k, energy, forces):
        """The result of structure k, or an exception that says what is wrong with it."""
        atoms = len(self.parts[k][3])
        body = struct.pack("<IId", k, 0, float(energy))
        if not self.forces:
            return body
        forces = self.numpy.ascontiguousarray(forces, "<f8")
        if forces.shape != (atoms, 3):
            raise ValueError(f"the forces have the shape {forces.shape}, not ({atoms}, 3)")
        return body + forces.tobytes()


def explain(error):
    """One line for a failure: what, and where in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in frames if frame.filename != __file__]
    where = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"[:2000]


def send_failure(channel, k, error):
    channel.send(RESULT, struct.pack("<II", k, 1) + explain(error).encode("utf-8", "replace"))


def answer_one_by_one(channel, calculator, structures):
    for k in range(structures.count):
        try:
            body = structures.pack(k, *evaluate_one(calculator, structures.atoms(k), structures.forces))
        except BaseException as error:  # also what calls sys.exit
            send_failure(channel, k, error)
        else:
            channel.send(RESULT, body)


def answer_all_at_once(channel, calculator, structures):
    try:
        results = list(calculator.evaluate_many([structures.atoms(k) for k in range(structures.count)]))
        if len(results) != structures.count:
            raise ValueError(f"evaluate_many gave {len(results)} results for {structures.count} structures")
    except BaseException as error:
        results = [error] * structures.count
    for k, result in enumerate(results):
        try:
            if isinstance(result, BaseException):
                raise result
            if isinstance(result, dict):
                result = result["energy"], result.get("forces")
            body = structures.pack(k, *result)
        except BaseException as error:
            send_failure(channel, k, error)
        else:
            channel.send(RESULT, body)


def main():
    if sys.argv[1] == "--check":
        print(find_fault(sys.argv[2]) or "", end="")
        return
    settings = json.loads(sys.argv[1])
    channel = Channel()
    sys.path[0] = os.getcwd()  # not this file's folder
    try:
        try:
            import ase
        except ImportError:
            raise ImportError(f"{sys.executable} has no ASE: install it (pip install ase), or name an interpreter that "
                              f"has it (python: PATH)") from None
        calculator = make(settings)
    except BaseException as error:
        where = f"; this is {sys.executable}, another Python is chosen by python: PATH"
        missing = isinstance(error, ImportError) and "has no ASE" not in str(error)
        channel.send(FATAL, (explain(error) + (where if missing else "")).encode("utf-8", "replace"))
        raise
    many = hasattr(calculator, "evaluate_many")
    about = {"many": many, "calculator": type(calculator).__name__, "python": sys.version.split()[0],
             "ase": ase.__version__,
             "about": f"{type(calculator).__name__} with ASE {ase.__version__}, Python {sys.version.split()[0]} "
                      f"({sys.executable})"}
    channel.send(HELLO, json.dumps(about).encode())
    for body in iter(channel.receive, None):
        (answer_all_at_once if many else answer_one_by_one)(channel, calculator, Structures(body))


if __name__ == "__main__":
    main()
