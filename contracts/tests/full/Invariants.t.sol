// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Bridge, L2Bridge, Outcome, Queue, Rollup} from "made/Contracts.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Predeploys} from "../../l2/Predeploys.sol";
import {L1} from "../L1.sol";
import {Test} from "../Test.sol";

contract Stone is ERC20 {
    constructor() ERC20("Stone", "STN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Does to the contracts what anybody could, beside a model of L2. Whatever must not be reverts, which fails the campaign.
contract Handler is L1 {
    struct Sent {
        Queue.Item item;
        bytes data;
        bool refunded;
    }

    struct Message {
        address from;
        address to;
        uint256 value;
        bytes data;
        uint256 tokens;
        address account;
        bool claimed;
    }

    /// L2 after a batch: what is there, and how many messages there are.
    struct Model {
        uint256 ether_;
        uint256 tokens;
        uint256 messages;
    }

    uint256 private constant MOST = 16; // batches that wait for their proofs
    uint256 private constant BEFORE = 256; // batches before the campaign, which so comes to places that were used

    address private constant OWNER = address(0xDA4E); // has all that stays on L2

    Stone private stone = new Stone();
    Sent[] private items;
    Message[] private messages;
    mapping(uint256 => Model) private models;
    mapping(uint256 => bytes32) private recorded; // I1
    uint256[] private stored; // batches with outcomes
    bytes32 private tokenCode;
    bytes32 private tokenCreation;

    uint256 public incoming; // mint and fee of all items
    uint256 public outgoing; // claimed, exited, refunded, fees
    uint256 public lockedTokens;
    mapping(string => uint256) public counts;

    constructor() {
        setUp();
        string memory pinned = vm.readFile("l2/predeploys.json");
        tokenCode = vm.parseJsonBytes32(pinned, ".bridgedToken.codeHash");
        tokenCreation = vm.parseJsonBytes32(pinned, ".bridgedToken.creationHash");
        for (uint256 i = 1; i <= BEFORE; ++i) {
            pass(12);
            commit(ALICE, 0, time(), "before");
            outcomes[i].stateRoot = keccak256(stateOf(i));
            if (i % MOST == 0) prove(PROVER, i - MOST + 1, i, 0);
        }
        stored.push(BEFORE);
        recorded[BEFORE] = rollup.outcome(BEFORE);
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal(actor(i), 1e9 ether);
            stone.mint(actor(i), 1e30);
            vm.prank(actor(i));
            stone.approve(address(bridge), type(uint256).max);
        }
    }

    function config() internal pure override returns (Rollup.Config memory c) {
        c = super.config();
        c.unprovenMax = uint32(MOST);
    }

    function actor(uint256 seed) private pure returns (address) {
        return [ALICE, BOB, CAROL, PROVER][seed % 4];
    }

    // ---- what every call is held against --------------------------------------------------------------

    struct Seen {
        bool frozen;
        uint256 tip;
        uint256 tipQueue;
        uint256 tipTime;
        uint256 proven;
        uint256 provenQueue;
        uint256 items;
    }

    function see() private view returns (Seen memory s) {
        s.frozen = rollup.frozen();
        (s.tip, s.tipQueue, s.tipTime) = head();
        (s.proven, s.provenQueue,,,) = rollup.proven();
        s.items = queue.count();
    }

    enum Act { Other, Commit, Prove, Drop }

    function compare(Seen memory a, Act act) private view {
        Seen memory b = see();
        is_(b.tip - b.proven <= MOST, "more batches than there are places for");
        is_(b.proven <= b.tip && b.provenQueue <= b.tipQueue && b.tipQueue <= b.items, "I2: an order");
        is_(b.proven >= a.proven && b.provenQueue >= a.provenQueue, "I2: proven falls");
        if (act != Act.Prove) equal(b.proven, a.proven, "I2: proven without a proof");
        if (act == Act.Drop) is_(b.tip == a.tip || b.tip == b.proven, "I2: a tip that drop made");
        else if (act == Act.Commit) is_(b.tip == a.tip || b.tip == a.tip + 1, "I2: a tip that a commit made");
        else equal(b.tip, a.tip, "I2: the tip moves by itself");
        is_(b.items >= a.items, "items vanish");
        if (a.frozen) {
            is_(b.frozen && b.items == a.items && b.tip == a.tip && b.proven == a.proven, "I6: added after the freeze");
        }
    }

    modifier held(Act act) {
        Seen memory before = see();
        _;
        compare(before, act);
    }

    function count(string memory what) private {
        ++counts[what];
    }

    /// Once in so many calls. The campaign likes some numbers more than others.
    function rarely(uint256 seed, uint256 calls) private view returns (bool) {
        return uint256(keccak256(abi.encode(seed, time(), queue.count(), counts["commits"]))) % calls == 0;
    }

    // ---- what anybody does ----------------------------------------------------------------------------

    function wait(uint32 seconds_) external held(Act.Other) {
        pass(seconds_ % 20 hours);
    }

    function enqueue(uint256 seed, uint96 value, uint24 gas_) external held(Act.Other) {
        if (rollup.frozen()) return;
        address from = actor(seed);
        uint64 limit = 21_000 + uint64(gas_ % 3_000_000);
        uint256 fee = queue.fee(limit);
        vm.prank(from, from);
        (bool done,) = address(queue).call{value: uint256(value) % 1000 ether + fee}(
            abi.encodeCall(Queue.send, (from, false, seed, limit, ""))
        );
        if (!done) return; // the block is full
        incoming += uint256(value) % 1000 ether + fee;
        Sent storage s = items.push();
        s.item = Queue.Item(1, from, from, from, uint256(value) % 1000 ether, seed, fee, limit, time(), keccak256(""));
        count("items");
    }

    function anchor() external held(Act.Other) {
        (bool done,) = address(queue).call(abi.encodeCall(Queue.anchor, ()));
        if (!done) return;
        Sent storage s = items.push();
        s.item.gasLimit = 100_000;
        s.item.time = time();
        s.refunded = true; // there is nothing to pay back
        count("anchors");
    }

    function depositTokens(uint256 seed, uint64 amount) external held(Act.Other) {
        if (rollup.frozen() || amount == 0) return;
        address from = actor(seed);
        uint256 fee = queue.fee(TOKEN_GAS);
        vm.prank(from, from);
        (bool done,) = address(bridge).call{value: fee + seed % 1 ether}(
            abi.encodeCall(Bridge.depositERC20, (address(stone), from, amount))
        );
        if (!done) return;
        incoming += fee;
        lockedTokens += amount;
        Sent storage s = items.push();
        s.data = abi.encodeCall(L2Bridge.finalizeDeposit, (address(stone), from, from, amount, "Stone", "STN", 18));
        s.item = Queue.Item(
            1, address(bridge), Predeploys.aliased(address(bridge)), Predeploys.L2_BRIDGE, 0, 0, fee, TOKEN_GAS, time(),
            keccak256(s.data)
        );
        count("token deposits");
    }

    // ---- batches --------------------------------------------------------------------------------------

    function commitBatch(uint256 seed, uint256 take, uint256 lag) external held(Act.Commit) {
        Seen memory s = see();
        uint256 to = seed % 3 == 0 ? s.tipQueue + take % (s.items - s.tipQueue + 1) : seed % 3 == 1 ? s.items : most(s);
        uint256 last = time() - (lag % 3 == 0 ? lag % 13 hours : 0);
        address who = seed % 5 == 0 ? actor(seed >> 8) : rollup.leader(time());
        if (who == address(0)) who = actor(seed >> 8);
        bytes memory input = abi.encodeCall(
            Rollup.commit, (rollup.batch(s.tip), queue.rolling(to), last, to, abi.encodePacked(seed))
        );
        bool valid = false;
        if (seed % 4 == 0 && !s.frozen) {
            // I11: valid before strangers send, valid after.
            uint256 state = vm.snapshotState();
            vm.prank(who, who);
            (valid,) = address(rollup).call{value: BOND}(input);
            vm.revertToState(state);
            this.enqueue(seed >> 16, uint96(take), uint24(lag));
            this.anchor();
        }
        vm.prank(who, who);
        (bool done,) = address(rollup).call{value: BOND}(input);
        is_(done || !valid, "I11: a stranger made a commit stale");
        if (!done) return;
        is_(!s.frozen && last > s.tipTime && last <= time() && last + 12 hours >= time(), "I4: a time");
        requireForced(s.tipQueue, to, last);
        record(s.tip + 1, abi.encodePacked(seed), last, to, who);
        outcomes[s.tip + 1] = outcomes[s.tip];
        outcomes[s.tip + 1].lastTime = uint64(last);
        outcomes[s.tip + 1].queueIndex = uint64(to);
        run(s.tip + 1, s.tipQueue, to, seed);
        count("commits");
    }

    /// As many items as a batch may take.
    function most(Seen memory s) private view returns (uint256 to) {
        uint256 gas_ = 0;
        for (to = s.tipQueue; to < s.items && gas_ + items[to].item.gasLimit <= 12_000_000; ++to) {
            gas_ += items[to].item.gasLimit;
        }
    }

    /// I3, from what was sent here.
    function requireForced(uint256 from, uint256 to, uint256 last) private view {
        uint256 gas_ = 0;
        for (uint256 i = from; i < to; ++i) gas_ += items[i].item.gasLimit;
        is_(gas_ <= 12_000_000, "more gas than a batch may have");
        if (to == items.length) return;
        is_(
            items[to].item.time + 1 days >= last || gas_ + items[to].item.gasLimit > 12_000_000,
            "I3: an overdue item that fits was left"
        );
    }

    /// L2: items bring ether and tokens, some of which leaves.
    function run(uint256 batch, uint256 from, uint256 to, uint256 seed) private {
        Model memory m = models[batch - 1];
        for (uint256 i = from; i < to; ++i) {
            m.ether_ += items[i].item.mint;
            if (items[i].item.sender == address(bridge)) m.tokens += amountOf(items[i].data);
        }
        if (seed % 2 == 0 && m.ether_ != 0) {
            uint256 value = 1 + (seed >> 32) % m.ether_;
            push(Message(actor(seed >> 64), actor(seed >> 72), value, "", 0, address(0), false));
            m.ether_ -= value;
            ++m.messages;
        }
        if (seed % 3 == 0 && m.tokens != 0) {
            uint256 amount = 1 + (seed >> 32) % m.tokens;
            address to_ = actor(seed >> 80);
            push(
                Message(
                    Predeploys.L2_BRIDGE, address(bridge), 0, abi.encode(address(stone), to_, amount), amount, to_, false
                )
            );
            m.tokens -= amount;
            ++m.messages;
        }
        models[batch] = m;
        (outcomes[batch].withdrawalRoot,) = tree(m.messages, 0);
        outcomes[batch].stateRoot = keccak256(stateOf(batch));
        outcomes[batch].blockHash = keccak256(abi.encode(batch, seed));
    }

    function push(Message memory m) private {
        messages.push(m);
    }

    function amountOf(bytes memory data) private pure returns (uint256 amount) {
        assembly ("memory-safe") {
            amount := mload(add(data, 132)) // after length, selector and three words
        }
    }

    function proveBatches(uint256 seed, uint256 length, uint256 faults) external held(Act.Prove) {
        Seen memory s = see();
        if (s.tip == s.proven) return;
        uint256 first = stored[seed % 4 == 0 ? (seed >> 8) % stored.length : stored.length - 1] + 1;
        uint256 last = s.proven + 1 + length % (s.tip - s.proven);
        if (last - first >= 256) return;
        if (seed % 3 != 0) faults = 0;
        faults &= (1 << (last - first + 1)) - 1;
        address prover = actor(seed >> 16);
        bytes memory proof = proofOf(words(first, last, faults, prover));
        if (seed % 7 == 0) proof[(seed >> 24) % proof.length] ^= 0x01;
        vm.prank(prover);
        (bool done,) = address(rollup).call(
            abi.encodeCall(Rollup.prove, (first, last, outcomes[first - 1], outcomes[last], faults, "", proof))
        );
        is_(!done || (seed % 7 != 0 && !s.frozen), "I5: without the verifier's word");
        if (seed % 7 != 0 && !s.frozen) is_(done, "a proof of what was committed is refused");
        if (!done) return;
        is_(recorded[last] == 0, "I1: written twice");
        recorded[last] = rollup.outcome(last);
        equal(recorded[last], hashOf(outcomes[last]), "the outcome");
        stored.push(last);
        count("proofs");
    }

    function dropBatches(uint256 seed) external held(Act.Drop) {
        if (rarely(seed, 40)) pass(15 days);
        (bool done,) = address(rollup).call(abi.encodeCall(Rollup.drop, ()));
        if (!done) return;
        // L2 goes back, and its messages.
        (uint256 tip,,) = head();
        while (messages.length > models[tip].messages) messages.pop();
        count("drops");
    }

    function freezeIt(uint256 seed) external held(Act.Other) {
        if (rarely(seed, 300)) pass(121 days);
        (bool done,) = address(rollup).call(abi.encodeCall(Rollup.freeze, ()));
        if (done) count("freezes");
    }

    // ---- operators ------------------------------------------------------------------------------------

    function operators(uint256 seed) external held(Act.Other) {
        address who = actor(seed >> 8);
        bool done;
        if (seed % 5 == 0) {
            vm.prank(who);
            (done,) = address(rollup).call{value: STAKE}(abi.encodeCall(Rollup.join, ()));
            if (done) count("joins");
        } else {
            bytes memory input = seed % 5 == 1
                ? abi.encodeCall(Rollup.leave, ())
                : seed % 5 == 2 ? abi.encodeCall(Rollup.withdrawStake, ()) : abi.encodeCall(Rollup.withdrawCredit, ());
            vm.prank(who);
            (done,) = address(rollup).call(input);
        }
    }

    function fees(uint256 seed) public held(Act.Other) {
        address who = actor(seed);
        uint256 before = who.balance;
        vm.prank(who);
        (bool done,) = address(bridge).call(abi.encodeCall(Bridge.withdrawFees, ()));
        if (!done) return;
        outgoing += who.balance - before;
        count("fees");
    }

    // ---- messages -------------------------------------------------------------------------------------

    function leaf(uint256 i) private view returns (bytes32) {
        Message storage m = messages[i];
        return leafOf(i, m.from, m.to, m.value, m.data);
    }

    /// Root of the first `n` messages and the path of one; zero for none.
    function tree(uint256 n, uint256 index) private view returns (bytes32 root, bytes32[32] memory path) {
        if (n == 0) return (root, path);
        bytes32[] memory row = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) row[i] = leaf(i);
        bytes32 zero;
        for (uint256 level = 0; level < 32; ++level) {
            path[level] = index ^ 1 < n ? row[index ^ 1] : zero;
            for (uint256 i = 0; i < n; i += 2) {
                row[i / 2] = keccak256(bytes.concat(row[i], i + 1 < n ? row[i + 1] : zero));
            }
            n = (n + 1) / 2;
            index /= 2;
            zero = keccak256(bytes.concat(zero, zero));
        }
        return (row[0], path);
    }

    function claimOne(uint256 seed, uint256 which) public held(Act.Other) {
        uint256 batch = stored[(seed >> 8) % stored.length];
        uint256 n = models[batch].messages;
        if (messages.length == 0) return;
        uint256 index = which % messages.length;
        bytes32[32] memory path;
        if (index < n) (, path) = tree(n, index);
        Message storage m = messages[index];
        (bool done,) = address(bridge).call(
            abi.encodeCall(Bridge.claim, (batch, outcomes[batch], index, m.from, m.to, m.value, m.data, path))
        );
        is_(done == (index < n && !m.claimed), "I7: a claim");
        if (!done) return;
        m.claimed = true;
        outgoing += m.value;
        lockedTokens -= m.tokens;
        count("claims");
    }

    // ---- after a freeze -------------------------------------------------------------------------------

    function refundOne(uint256 which) public held(Act.Other) {
        if (items.length == 0) return;
        uint256 index = which % items.length;
        Sent storage s = items[index];
        (bool isFrozen,, uint256 consumed) = rollup.finality();
        (bool done,) = address(bridge).call(abi.encodeCall(Bridge.refund, (index, s.item, s.data)));
        is_(done == (isFrozen && index >= consumed && !s.refunded && s.item.mint + s.item.fee != 0), "I7: a refund");
        if (!done) return;
        s.refunded = true;
        outgoing += s.item.mint + s.item.fee;
        if (s.item.sender == address(bridge)) lockedTokens -= amountOf(s.data);
        count("refunds");
    }

    function short(bytes memory s) private pure returns (bytes memory) {
        if (s.length == 1 && s[0] < 0x80) return s;
        return bytes.concat(
            s.length < 56 ? bytes.concat(bytes1(uint8(0x80 + s.length))) : bytes.concat(hex"b8", bytes1(uint8(s.length))), s
        );
    }

    function list(bytes memory s) private pure returns (bytes memory) {
        return bytes.concat(
            s.length < 56 ? bytes.concat(bytes1(uint8(0xc0 + s.length))) : bytes.concat(hex"f8", bytes1(uint8(s.length))), s
        );
    }

    function integer(uint256 x) private pure returns (bytes memory s) {
        while (x != 0) {
            s = bytes.concat(bytes1(uint8(x)), s);
            x >>= 8;
        }
        return short(s);
    }

    /// A trie of one leaf.
    function lonely(bytes32 key, bytes memory value) private pure returns (bytes memory) {
        return list(bytes.concat(short(bytes.concat(hex"20", keccak256(abi.encode(key)))), short(value)));
    }

    function lonelyAccount(address owner, bytes memory value) private pure returns (bytes memory) {
        return list(bytes.concat(short(bytes.concat(hex"20", keccak256(abi.encodePacked(owner)))), short(value)));
    }

    function heldSlot(uint256 batch) private view returns (bytes memory) {
        return lonely(keccak256(abi.encode(OWNER, uint256(0))), integer(models[batch].tokens));
    }

    function l2Token() private view returns (address) {
        return address(
            uint160(
                uint256(
                    keccak256(
                        abi.encodePacked(hex"ff", Predeploys.L2_BRIDGE, uint256(uint160(address(stone))), tokenCreation)
                    )
                )
            )
        );
    }

    /// The state after a batch, of one account: the owner's ether after even batches, the token after odd ones.
    function stateOf(uint256 batch) private view returns (bytes memory) {
        if (batch % 2 == 0) {
            return lonelyAccount(
                OWNER,
                list(
                    bytes.concat(
                        hex"80", integer(models[batch].ether_), short(abi.encode(keccak256(hex"80"))),
                        short(abi.encode(keccak256("")))
                    )
                )
            );
        }
        return lonelyAccount(
            l2Token(),
            list(bytes.concat(hex"0180", short(abi.encode(keccak256(heldSlot(batch)))), short(abi.encode(tokenCode))))
        );
    }

    function exit() public held(Act.Other) {
        uint256 batch = stored[stored.length - 1];
        bytes[] memory state = new bytes[](1);
        state[0] = stateOf(batch);
        bytes[] memory slot = new bytes[](1);
        slot[0] = heldSlot(batch);
        bytes memory input = batch % 2 == 0
            ? abi.encodeCall(Bridge.exitETH, (outcomes[batch], OWNER, "", state))
            : abi.encodeCall(Bridge.exitERC20, (outcomes[batch], address(stone), OWNER, "", state, state, slot));
        vm.prank(OWNER);
        (bool done,) = address(bridge).call(input);
        if (!done) return;
        is_(rollup.frozen() && batch != BEFORE && counts["exits"] == 0, "I7: an exit");
        if (batch % 2 == 0) outgoing += models[batch].ether_;
        else lockedTokens -= models[batch].tokens;
        count("exits");
    }

    // ---- at any time, and at the end ------------------------------------------------------------------

    function holds() external view {
        equal(address(queue).balance, incoming - outgoing, "I8: ether");
        equal(stone.balanceOf(address(bridge)), lockedTokens, "I8: tokens");
        equal(bridge.locked(address(stone)), lockedTokens, "I8: what is locked");
        Seen memory s = see();
        uint256 owed = BOND * (s.tip - s.proven);
        for (uint256 i = 0; i < 4; ++i) {
            (uint128 bonds,) = rollup.credit(actor(i));
            (uint128 amount,,) = rollup.stake(actor(i));
            owed += uint256(bonds) + amount;
        }
        is_(owed <= address(rollup).balance, "I9: Rollup owes more than it has");
        uint256 last = stored[stored.length - 1];
        equal(rollup.outcome(last), recorded[last], "I1: the last outcome");
        if (s.tip != s.proven) equal(rollup.outcome(s.tip), 0, "an outcome without a proof");
    }

    /// Everything leaves, once.
    function finish() external {
        for (uint256 i = 0; i < stored.length; ++i) {
            equal(rollup.outcome(stored[i]), recorded[stored[i]], "I1: an outcome");
        }
        if (!rollup.frozen()) {
            pass(12);
            this.enqueue(0, 1 ether, 0);
            pass(121 days);
            rollup.freeze();
        }
        uint256 batch = stored[stored.length - 1];
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 0; i < models[batch].messages; ++i) this.claimOne((stored.length - 1) << 8, i);
            for (uint256 i = 0; i < items.length; ++i) this.refundOne(i);
            for (uint256 i = 0; i < 4; ++i) this.fees(i);
            this.exit();
        }
        this.holds();
        equal(address(queue).balance, batch % 2 == 0 ? 0 : models[batch].ether_, "ether that nobody can have");
        equal(stone.balanceOf(address(bridge)), batch % 2 == 1 ? 0 : models[batch].tokens, "tokens that nobody can have");
        is_(batch == BEFORE || counts["commits"] != 0, "the campaign did nothing");
    }
}

/// I1 to I9 and I11 after each of many calls in any order; FOUNDRY_INVARIANT_RUNS times FOUNDRY_INVARIANT_DEPTH of them.
contract InvariantTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;

    function setUp() public {
        handler = new Handler();
    }

    function targetContracts() public view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory all) {
        all = new FuzzSelector[](1);
        all[0].addr = address(handler);
        bytes4[18] memory s = [
            Handler.wait.selector, Handler.enqueue.selector, Handler.enqueue.selector, Handler.anchor.selector,
            Handler.depositTokens.selector, Handler.commitBatch.selector, Handler.commitBatch.selector,
            Handler.commitBatch.selector, Handler.proveBatches.selector, Handler.proveBatches.selector,
            Handler.dropBatches.selector, Handler.freezeIt.selector, Handler.operators.selector, Handler.fees.selector,
            Handler.claimOne.selector, Handler.claimOne.selector, Handler.refundOne.selector, Handler.exit.selector
        ];
        all[0].selectors = new bytes4[](s.length);
        for (uint256 i = 0; i < s.length; ++i) all[0].selectors[i] = s[i];
    }

    function invariant_what_holds() public view {
        handler.holds();
    }

    function afterInvariant() public {
        string[3] memory acts = ["items", "commits", "proofs"];
        // A run that froze early may have done little.
        for (uint256 i = 0; i < acts.length && handler.counts("freezes") == 0; ++i) {
            is_(handler.counts(acts[i]) != 0, string.concat("never: ", acts[i]));
        }
        handler.finish();
    }
}
