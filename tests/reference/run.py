"""A whole run: the proof file and its checks (docs/protocol.md, sections 10 and 11)."""

from collections import namedtuple

from field import P, ZERO, add, from_word, inverse, lift, mul, sub
from keccak import keccak256
from machine import machine_id
from poseidon2 import CHAIN, DIGEST, ID, Transcript, hash_elements
from proof import Challenge, Claim, Key, Refused, Shape, demand, rows_are_allowed, verify_proof

SEGMENT, LEDGER, BOTH = 1, 2, 3
KIND_NAMES = {SEGMENT: "segment", LEDGER: "ledger", BOTH: "both"}
HALT = 2**30
MAX_CYCLES = 2**23
MAX_KEY = 2**30
EXEC, OUTPUT, ORDER = 1, 12, 13
MAX_OUTPUT_BYTES = 2**20

Record = namedtuple("Record", "kind memory_rows ledger_rows root")
Part = namedtuple(
    "Part", "kind index pc4_first pc4_last cycles key_before_plus_1 key_after_plus_1 rows words"
)
Run = namedtuple("Run", "entry_pc4 key segments ledgers nonce output records parts")


class File:
    def __init__(self, data):
        demand(len(data) % 4 == 0, "PROOF_MALFORMED", "not whole words")
        self.words = [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
        self.at = 0

    def take(self, count):
        demand(self.at + count <= len(self.words), "PROOF_MALFORMED", "cut short")
        self.at += count
        return self.words[self.at - count : self.at]

    def skip_to_even(self):
        demand(self.at % 2 == 0 or self.take(1) == [0], "PROOF_MALFORMED", "no zero before an even word")

    def digest(self):
        words = self.take(DIGEST)
        demand(all(word < P for word in words), "PROOF_MALFORMED", "a word is no element")
        return [from_word(word) for word in words]


def take_rows(file, machine):
    rows = file.take(len(machine.chips))
    demand(all(rows_are_allowed(n) for n in rows), "PROOF_MALFORMED", "rows that no table has")
    return rows


def take_key(file, machine, profile):
    """Of a program: where it begins, and what is committed of it."""
    (entry_pc4,) = file.take(1)
    rows = take_rows(file, machine)
    caps = [[file.digest() for _ in range(1 << profile.log2_cap)] for _ in range(2)]
    demand(entry_pc4 < HALT, "PROOF_MALFORMED", "the key's entry")
    return entry_pc4, Key(rows, caps)


def take_output(file, size):
    demand(size <= MAX_OUTPUT_BYTES, "PROOF_MALFORMED", "a long output")
    output = b"".join(word.to_bytes(4, "little") for word in file.take(-(-size // 4)))
    demand(not any(output[size:]), "PROOF_MALFORMED", "output is followed by something else")
    return output[:size]


def take_proof(file, machine, profile, kind, rows):
    """Of a part; its length follows from kind and rows."""
    try:
        words = Shape(machine, profile, rows, opened(kind)).words
    except Refused as refused:
        raise Refused("PROOF_MALFORMED", "a part of no length: " + str(refused)) from None
    file.skip_to_even()
    return file.take(words)


def read_file(machine, profile, data):
    file = File(data)
    demand(
        file.take(2) == [int.from_bytes(b"ASHL", "little"), int.from_bytes(b"ARPF", "little")],
        "PROOF_MALFORMED",
        "no proof",
    )
    demand(file.take(1) == [2], "PROOF_VERSION", "another version")
    entry_pc4, key = take_key(file, machine, profile)
    segments, ledgers, nonce, output_size = file.take(4)
    output = take_output(file, output_size)
    demand(1 <= segments < 2**16 and 1 <= ledgers < 2**16, "PROOF_MALFORMED", "N or K")

    records = []
    kinds = [SEGMENT] * segments + [LEDGER] * ledgers
    while len(records) < len(kinds):
        kind, memory_rows, ledger_rows = file.take(3)
        if kind == BOTH and not records:
            kinds = [BOTH]
        demand(kind == kinds[len(records)], "PROOF_MALFORMED", "a record's kind")
        demand(
            rows_are_allowed(memory_rows) and rows_are_allowed(ledger_rows),
            "PROOF_MALFORMED",
            "a record's rows",
        )
        records.append(Record(kind, memory_rows, ledger_rows, file.digest()))
    file.skip_to_even()
    parts = []
    for _ in kinds:
        head = file.take(7)
        rows = take_rows(file, machine)
        parts.append(Part(*head, rows, take_proof(file, machine, profile, head[0], rows)))
    demand(file.at == len(file.words), "PROOF_MALFORMED", "something follows")
    return Run(entry_pc4, key, segments, ledgers, nonce, output, records, parts)


def opened(kind):
    """Of the key's matrices, `program` and `image` with `region`."""
    demand(kind in KIND_NAMES, "PROOF_SHAPE", "a kind")
    return [kind in (SEGMENT, BOTH), kind in (LEDGER, BOTH)]


def fingerprint(challenge, tag, message):
    f = add(challenge.gamma, lift(tag))
    power = challenge.alpha
    for m in message:
        f = add(f, mul(power, lift(m)))
        power = mul(power, challenge.alpha)
    demand(f != ZERO, "PROOF_BUS", "a fingerprint of zero")
    return inverse(f)


def output_limbs(output):
    digest = keccak256(output)
    return [int.from_bytes(digest[i : i + 2], "little") for i in range(0, 32, 2)]


def shared_challenge(profile, machine_digest, program_digest, run):
    chain = hash_elements(CHAIN, machine_digest + program_digest)
    for record in run.records:
        chain = hash_elements(
            CHAIN, chain + [record.kind, record.memory_rows, record.ledger_rows] + record.root
        )
    transcript = Transcript()
    statement = [2] + chain + [run.segments, run.ledgers] + output_limbs(run.output)
    transcript.absorb([len(statement)] + statement)
    demand(
        run.nonce < P and transcript.nonce(from_word(run.nonce), profile.shared_bits),
        "PROOF_GRINDING",
        "the shared challenge",
    )
    return Challenge(transcript.challenge(), transcript.challenge())


def verify_part(machine, profile, machine_digest, program_digest, run, shared, record, part):
    kind = KIND_NAMES.get(part.kind)
    demand(kind is not None, "PROOF_SHAPE", "a kind")
    has_segment, has_ledger = part.kind != LEDGER, part.kind != SEGMENT
    for chip, n in zip(machine.chips, part.rows):
        presence = chip.presence[kind]
        demand(
            n > 0 if presence == "mandatory" else n == 0 if presence == "forbidden" else True,
            "PROOF_SHAPE",
            chip.name,
        )
    demand(1 <= part.index <= (run.segments if has_segment else run.ledgers), "PROOF_SHAPE", "an index")
    demand(part.kind != BOTH or (run.segments == 1 and run.ledgers == 1), "PROOF_SHAPE", "both")
    if has_segment:
        demand(
            part.pc4_first < HALT and part.pc4_last <= HALT and part.cycles <= MAX_CYCLES,
            "PROOF_SHAPE",
            "a segment's place",
        )
    else:
        demand(
            part.pc4_first == part.pc4_last == part.cycles == 0, "PROOF_SHAPE", "a ledger part has no segment"
        )
    if has_ledger:
        demand(
            part.key_before_plus_1 <= MAX_KEY and part.key_after_plus_1 <= MAX_KEY,
            "PROOF_SHAPE",
            "a ledger's place",
        )
    else:
        demand(part.key_before_plus_1 == part.key_after_plus_1 == 0, "PROOF_SHAPE", "a segment has no keys")
    memory_rows, ledger_rows = part.rows[machine.number["memory"]], part.rows[machine.number["ledger"]]
    demand(
        (part.kind, memory_rows, ledger_rows) == (record.kind, record.memory_rows, record.ledger_rows),
        "PROOF_SHAPE",
        "another record",
    )

    key_before, key_after = 0, 0  # what the kind does not have is 0
    if has_ledger:
        key_before, key_after = (part.key_before_plus_1 - 1) % P, (part.key_after_plus_1 - 1) % P
    statement = [2] + machine_digest + program_digest + list(shared.alpha) + list(shared.gamma)
    statement += [
        run.segments,
        part.index,
        part.kind,
        part.pc4_first,
        part.pc4_last,
        part.cycles,
        run.ledgers,
    ]
    statement += [key_before, key_after]
    public = {"memory": [part.index if has_segment else 0]}
    claim = Claim(statement, shared, part.rows, opened(part.kind), public)
    outcome = verify_proof(machine, profile, run.key, claim, part.words)
    demand(outcome.boundary_root == record.root, "PROOF_SHAPE", "the record's root")

    balance = outcome.local_sum
    if has_segment:
        balance = add(balance, fingerprint(outcome.local, EXEC, [part.pc4_first, 0]))
        balance = sub(balance, fingerprint(outcome.local, EXEC, [part.pc4_last, part.cycles]))
    if has_ledger:
        balance = add(balance, fingerprint(outcome.local, ORDER, [key_before]))
        balance = sub(balance, fingerprint(outcome.local, ORDER, [key_after]))
    demand(balance == ZERO, "PROOF_BUS", "local buses")
    return outcome


def program_id(machine_digest, run):
    numbers = machine_digest + [run.entry_pc4] + run.key.rows + run.key.roots[0] + run.key.roots[1]
    return hash_elements(ID, numbers)


def verify_run(machine, profile, expected_program, data):
    """The run's output; or Refused. `expected_program`: 32 bytes."""
    run = read_file(machine, profile, data)
    verify_read(machine, profile, expected_program, run)
    return run.output


def verify_read(machine, profile, expected_program, run):
    """What was read."""
    expected = [int.from_bytes(expected_program[i : i + 4], "little") for i in range(0, 32, 4)]
    machine_digest = machine_id(machine, profile)
    program_digest = program_id(machine_digest, run)
    demand(program_digest == expected, "PROOF_PROGRAM", "another program")

    kinds = [part.kind for part in run.parts]
    if kinds != [BOTH]:
        demand(kinds == [SEGMENT] * run.segments + [LEDGER] * run.ledgers, "PROOF_SHAPE", "kinds")
        indices = list(range(1, run.segments + 1)) + list(range(1, run.ledgers + 1))
        demand([part.index for part in run.parts] == indices, "PROOF_SHAPE", "places")
    pc4 = run.entry_pc4
    key_plus_1 = 0
    for part in run.parts:
        if part.kind != LEDGER:
            demand(part.pc4_first == pc4 and pc4 < HALT, "PROOF_CHAIN", "program counters")
            pc4 = part.pc4_last
        if part.kind != SEGMENT:
            demand(part.key_before_plus_1 == key_plus_1, "PROOF_CHAIN", "keys")
            key_plus_1 = part.key_after_plus_1
    demand(pc4 == HALT, "PROOF_CHAIN", "no exit")

    shared = shared_challenge(profile, machine_digest, program_digest, run)
    balance = ZERO
    count = 4
    for record, part in zip(run.records, run.parts):
        outcome = verify_part(machine, profile, machine_digest, program_digest, run, shared, record, part)
        balance = add(balance, outcome.shared_sum)
        count += outcome.shared_count
    demand(count < P, "PROOF_SHAPE", "too many shared messages")
    limbs = output_limbs(run.output)
    for i in range(4):
        balance = sub(balance, fingerprint(shared, OUTPUT, [i] + limbs[4 * i : 4 * i + 4]))
    demand(balance == ZERO, "PROOF_BUS", "shared buses")
