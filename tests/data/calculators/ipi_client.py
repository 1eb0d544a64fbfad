"""Clients of the i-PI protocol: ipi_client.py ADDRESS TEMPLATE HOW. ADDRESS: a path, or HOST:PORT. HOW: "ase" is ASE's own
client; the others go wrong in some way with the first structure that they get."""
import socket
import struct
import sys
import time

import numpy as np


def connect(address):
    for _ in range(600):
        host, _, port = address.rpartition(":")
        one = socket.socket(socket.AF_INET if port.isdigit() else socket.AF_UNIX)
        try:
            one.connect((host or "127.0.0.1", int(port)) if port.isdigit() else address)
            return one
        except OSError:
            one.close()
            time.sleep(0.05)
    raise SystemExit("nobody listens")


def receive(one, length):
    data = b""
    while len(data) < length:
        part = one.recv(length - len(data))
        if not part:
            raise SystemExit(0)
        data += part
    return data


def word(one):
    return receive(one, 12).strip().decode()


def get_structure(one):
    """Waits for the first structure; its cell and number of atoms."""
    while True:
        what = word(one)
        if what == "STATUS":
            one.sendall(b"READY       ")
        elif what == "POSDATA":
            cell = np.frombuffer(receive(one, 144)[:72]).reshape(3, 3).T
            atoms = struct.unpack("<i", receive(one, 4))[0]
            receive(one, 24 * atoms)
            return cell, atoms
        elif what == "EXIT":
            raise SystemExit(0)


def forces(atoms, extra=0, energy=1.0):
    return (b"FORCEREADY  " + struct.pack("<di", energy, atoms) + bytes(24 * max(atoms, 0)) + bytes(72)
            + struct.pack("<i", extra))


def misbehave(one, how):
    if how == "garbage-at-once":
        one.sendall(b"GET / HTTP/1.1\r\n\r\n")
        return receive(one, 1 << 20)
    if how == "gone-at-once":
        return one.close()
    cell, atoms = get_structure(one)
    if how == "cell":
        print("lower triangular" if abs(cell[np.triu_indices(3, 1)]).max() < 1e-12 else cell)
    answers = {
        "garbage": b"\xff" * 500,
        "half": forces(atoms)[:100],
        "atoms": forces(atoms + 1),
        "negative": forces(-5),
        "extra": forces(atoms, extra=-1),
        "much": forces(atoms, extra=2**31 - 1),
        "hangs": b"FORCEREADY  ",
    }
    one.sendall(answers.get(how, b""))
    if how in ("half", "gone", "cell"):
        return one.close()
    time.sleep(4 if how == "hangs" else 0)
    receive(one, 1 << 20)  # until it is closed


def main():
    address, template, how = sys.argv[1:]
    if how != "ase":
        return misbehave(connect(address), how)
    from ase.calculators.emt import EMT
    from ase.calculators.socketio import SocketClient
    from ase.io import read
    connect(address).close()  # waits until somebody listens
    atoms = read(template, 0)
    atoms.set_constraint()
    atoms.calc = EMT()
    host, _, port = address.rpartition(":")
    where = dict(host=host, port=int(port)) if port.isdigit() else dict(unixsocket=address[len("/tmp/ipi_"):])
    SocketClient(**where).run(atoms, use_stress=False)


main()
