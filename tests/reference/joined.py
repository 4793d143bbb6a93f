"""A file of one joined proof (docs/protocol.md, sections 11 and 12)."""

from collections import namedtuple

from field import P, from_word
from keccak import keccak256
from poseidon2 import DIGEST
from proof import cap_root, demand
from run import BOTH, HALT, File, Part, Record, Run, take_key, take_output, take_proof, take_rows, verify_read

VERSION = 2 + 2**16
STATEMENT_WORDS = 32
SAYS = {b"ASHLAR/run/1": "run", b"ASHLAR/runs/1": "runs"}

Joined = namedtuple("Joined", "statement tag self program digest output run")


def as_bytes(words):
    return b"".join(word.to_bytes(4, "little") for word in words)


def is_joined(data):
    return data[:12] == b"ASHLARPF" + VERSION.to_bytes(4, "little")


def read_joined(machine, profile, data):
    file = File(data)
    file.take(3)
    statement = file.take(STATEMENT_WORDS)
    tag, own, program, digest = (statement[i : i + 8] for i in range(0, STATEMENT_WORDS, 8))
    tag = as_bytes(tag).rstrip(b"\0")
    demand(tag in SAYS, "PROOF_STATEMENT", "no RUN or RUNS")
    demand(all(word < P for word in own + program), "PROOF_STATEMENT", "no id")
    (output_size,) = file.take(1)
    output = take_output(file, output_size)
    entry_pc4, key = take_key(file, machine, profile)
    cycles, key_after_plus_1 = file.take(2)
    rows = take_rows(file, machine)
    (nonce,) = file.take(1)
    words = take_proof(file, machine, profile, BOTH, rows)
    demand(file.at == len(file.words), "PROOF_MALFORMED", "something follows")

    cap = words[: DIGEST << profile.log2_cap]
    demand(all(word < P for word in cap), "PROOF_MALFORMED", "a word is no element")
    cap = [from_word(word) for word in cap]
    root = cap_root([cap[i : i + DIGEST] for i in range(0, len(cap), DIGEST)])
    memory_rows, ledger_rows = rows[machine.number["memory"]], rows[machine.number["ledger"]]
    record = Record(BOTH, memory_rows, ledger_rows, root)
    part = Part(BOTH, 1, entry_pc4, HALT, cycles, 0, key_after_plus_1, rows, words)
    run = Run(entry_pc4, key, 1, 1, nonce, as_bytes(statement), [record], [part])
    return Joined(statement, tag, own, program, as_bytes(digest), output, run)


def verify_joined(machine, profile, expected_program, expected_join, data):
    """What is said, "run" or "runs", and the output; or Refused. Ids: 32 bytes."""
    joined = read_joined(machine, profile, data)
    demand(as_bytes(joined.self) == expected_join, "PROOF_PROGRAM", "another join")
    demand(as_bytes(joined.program) == expected_program, "PROOF_PROGRAM", "another program")
    demand(keccak256(joined.output) == joined.digest, "PROOF_STATEMENT", "another output")
    verify_read(machine, profile, expected_join, joined.run)
    return SAYS[joined.tag], joined.output
