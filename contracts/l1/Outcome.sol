// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The chain after a batch, as a proof leaves it. Rollup stores its hash alone.
struct Outcome {
    bytes32 stateRoot;
    bytes32 blockHash;
    /// MessagePasser's tree of what leaves L2; zero before the first message
    bytes32 withdrawalRoot;
    /// Merkle tree of depth 32: leaf b is the root of batch b's transactions
    bytes32 batchTree;
    uint64 lastBlock;
    uint64 lastTime;
    /// items of the Queue that are consumed
    uint64 queueIndex;
}

/// @title Hashes that L1 and the guest program have in common
library Outcomes {
    /// @notice What Rollup stores of an outcome.
    /// @dev Its calldata is its ABI encoding; a number too long for its type has a hash that nothing else has.
    function hash(Outcome calldata outcome) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, outcome, 224)
            result := keccak256(copy, 224)
        }
    }
}
