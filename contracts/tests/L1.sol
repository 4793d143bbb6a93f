// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Bridge, Deployer, Outcome, Queue, Rollup, Verifiers} from "made/Contracts.sol";
import {IVerifier} from "../l1/IVerifier.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {Test} from "./Test.sol";

/// Accepts one proof of each digest: the digest's hash. Whoever knows the digest can make it; whoever has another digest cannot.
contract MockVerifier is IVerifier {
    function check(bytes32 digest, bytes calldata proof) external pure returns (bool) {
        return keccak256(proof) == keccak256(abi.encode("proof", digest));
    }
}

/// The contracts as they are deployed, with the design's constants, and a chain of batches that is known here by itself.
abstract contract L1 is Test {
    uint256 internal constant DAY = 1 days;
    uint128 internal constant BOND = 0.1 ether;
    uint128 internal constant STAKE = 1 ether;
    uint128 internal constant SLASH = 0.25 ether;
    uint64 internal constant TOKEN_GAS = 1_500_000;
    uint64 internal constant FLOOR = 1 gwei;
    uint64 internal constant L2_CHAIN = 1337;
    address internal constant GOVERNOR = address(0x60F);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA401);
    address internal constant PROVER = address(0x94073);
    bytes32 internal constant CONFIG = keccak256("configuration");

    Queue internal queue;
    Verifiers internal verifiers;
    Rollup internal rollup;
    Bridge internal bridge;
    MockVerifier internal verifier;
    Outcome internal genesis;
    /// Outcomes by batch as these tests make them up, and the items consumed by each.
    mapping(uint256 => Outcome) internal outcomes;
    mapping(uint256 => bytes32) internal hashes;
    bytes32 internal stateRoot = keccak256("state");

    function config() internal pure virtual returns (Rollup.Config memory) {
        return Rollup.Config({
            l2ChainId: L2_CHAIN,
            itemGas: 12_000_000,
            batchBond: BOND,
            stake: STAKE,
            slash: SLASH,
            slotTime: 1 hours,
            maxLag: 12 hours,
            forcedDelay: 1 days,
            commitTimeout: 1 days,
            proveWindow: 24 hours,
            dropDelay: 14 days,
            freezeDelay: 120 days,
            stakeDelay: 30 days,
            unprovenMax: 7936
        });
    }

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(1_000_000);
        verifier = new MockVerifier();
        genesis = Outcome(stateRoot, keccak256("block 0"), 0, keccak256("no batches"), 0, uint64(time() - 60), 0);
        outcomes[0] = genesis;
        deployAll(address(this), CONFIG);
        address[4] memory people = [ALICE, BOB, CAROL, PROVER];
        for (uint256 i = 0; i < 4; ++i) vm.deal(people[i], 1000 ether);
    }

    /// As `ashlar deploy` does it, by this account: addresses first, since the genesis and the contracts name them.
    function deployAll(address owner, bytes32 configHash) internal {
        vm.prank(owner);
        Deployer deployer = Deployer(create("Deployer", ""));
        address[4] memory at =
            [deployer.addressOf(1), deployer.addressOf(2), deployer.addressOf(3), deployer.addressOf(4)];
        string memory pinned = vm.readFile("l2/predeploys.json");
        bytes[4] memory codes = [
            bytes.concat(
                codeOf("Queue"),
                abi.encode(at[2], at[3], uint64(10_000_000), uint32(2_500_000), uint32(10_000_000), FLOOR)
            ),
            bytes.concat(codeOf("Verifiers"), abi.encode(GOVERNOR, 45 days, verifier, configHash)),
            bytes.concat(codeOf("Rollup"), abi.encode(at[0], at[1], at[3], config(), genesis)),
            bytes.concat(
                codeOf("Bridge"),
                abi.encode(
                    at[2],
                    at[0],
                    TOKEN_GAS,
                    vm.parseJsonBytes32(pinned, ".bridgedToken.creationHash"),
                    vm.parseJsonBytes32(pinned, ".bridgedToken.codeHash")
                )
            )
        ];
        vm.prank(owner);
        address[4] memory created = deployer.deploy(codes);
        for (uint256 i = 0; i < 4; ++i) equal(created[i], at[i], "an address that was computed first");
        queue = Queue(created[0]);
        verifiers = Verifiers(created[1]);
        rollup = Rollup(created[2]);
        bridge = Bridge(payable(created[3]));
    }

    function pass(uint256 seconds_) internal {
        vm.warp(time() + seconds_);
        vm.roll(number() + (seconds_ + 11) / 12);
    }

    // ---- the queue ------------------------------------------------------------------------------------

    function send(address from, uint256 value, uint64 gasLimit) internal returns (uint256 index) {
        uint256 fee = queue.fee(gasLimit);
        vm.prank(from, from);
        return queue.send{value: value + fee}(from, false, value, gasLimit, "");
    }

    // ---- batches --------------------------------------------------------------------------------------

    function head() internal view returns (uint256 index, uint256 queueIndex, uint256 lastTime) {
        (index, queueIndex, lastTime,,) = rollup.tip();
    }

    /// A batch of all items, with this block's time.
    function commit(address committer) internal returns (uint256) {
        return commit(committer, queue.count(), time(), "data");
    }

    function commit(address committer, uint256 queueIndex, uint256 lastTime, bytes memory data)
        internal
        returns (uint256 index)
    {
        (index,,) = head();
        bytes32 previous = rollup.batch(index);
        bytes32 hash = queue.rolling(queueIndex);
        vm.prank(committer, committer);
        rollup.commit{value: BOND}(previous, hash, lastTime, queueIndex, data);
        ++index;
        record(index, data, lastTime, queueIndex, committer);
        outcomes[index] = Outcome(
            stateRoot,
            keccak256(abi.encode("block", index)),
            outcomes[index - 1].withdrawalRoot,
            keccak256(abi.encode("batches", index)),
            uint64(10 * index),
            uint64(lastTime),
            uint64(queueIndex)
        );
    }

    function record(uint256 index, bytes memory data, uint256 lastTime, uint256 queueIndex, address committer) internal {
        hashes[index] = keccak256(
            abi.encode(hashes[index - 1], index, uint256(0), keccak256(data), lastTime, queueIndex, committer)
        );
        equal(rollup.batch(index), hashes[index], "a batch's hash");
    }

    /// The public output by the design's table.
    function words(uint256 first, uint256 last, uint256 faults, address prover)
        internal
        view
        returns (bytes32[16] memory w)
    {
        w[0] = 0x4153484c41522f62617463682f31000000000000000000000000000000000000;
        w[1] = bytes32((block.chainid << 64) | L2_CHAIN);
        w[2] = bytes32(uint256(uint160(address(rollup))));
        w[3] = CONFIG;
        w[4] = bytes32(first);
        w[5] = bytes32(last);
        w[6] = hashes[first - 1];
        w[7] = hashes[last];
        w[8] = hashOf(outcomes[first - 1]);
        w[9] = hashOf(outcomes[last]);
        w[10] = queue.rolling(outcomes[first - 1].queueIndex);
        w[11] = queue.rolling(outcomes[last].queueIndex);
        w[14] = bytes32(faults);
        w[15] = bytes32(uint256(uint160(prover)));
    }

    function hashOf(Outcome memory o) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                o.stateRoot,
                o.blockHash,
                o.withdrawalRoot,
                o.batchTree,
                uint256(o.lastBlock),
                uint256(o.lastTime),
                uint256(o.queueIndex)
            )
        );
    }

    function proofOf(bytes32[16] memory w) internal pure returns (bytes memory) {
        return abi.encode("proof", keccak256(abi.encode(w)));
    }

    function prove(address prover, uint256 first, uint256 last, uint256 faults) internal {
        bytes memory proof = proofOf(words(first, last, faults, prover));
        vm.prank(prover);
        rollup.prove(first, last, outcomes[first - 1], outcomes[last], faults, "", proof);
    }

    function provenIndex() internal view returns (uint256 index) {
        (index,,,,) = rollup.proven();
    }

    // ---- messages -------------------------------------------------------------------------------------

    /// Root of a message tree that has one message, and its path.
    function lone(bytes32 leaf, uint256 index) internal pure returns (bytes32 root, bytes32[32] memory path) {
        root = leaf;
        bytes32 zero;
        for (uint256 i = 0; i < 32; ++i) {
            path[i] = zero;
            root = (index >> i) & 1 == 0
                ? keccak256(bytes.concat(root, zero))
                : keccak256(bytes.concat(zero, root));
            zero = keccak256(bytes.concat(zero, zero));
        }
    }

    function leafOf(uint256 index, address from, address to, uint256 value, bytes memory data)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(index, from, to, value, keccak256(data)));
    }

    /// Proves a batch after which this message is the only one; its number and path.
    function deliver(uint256 index, address from, address to, uint256 value, bytes memory data)
        internal
        returns (uint256 i, bytes32[32] memory path)
    {
        pass(12);
        i = commit(ALICE);
        (outcomes[i].withdrawalRoot, path) = lone(leafOf(index, from, to, value, data), index);
        prove(PROVER, i, i, 0);
    }
}
