// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Paths in trees whose leaves have places: node = keccak256(left ‖ right)
library MerklePath {
    /// @notice The root above a leaf.
    /// @param leaf at the place
    /// @param place of the leaf; its lowest bit is the lowest level's. What lies beyond the path's length is not looked at:
    /// callers bound it
    /// @param path siblings from the leaf up
    function root32(bytes32 leaf, uint256 place, bytes32[32] calldata path) internal pure returns (bytes32) {
        uint256 at;
        assembly ("memory-safe") {
            at := path
        }
        return fold(leaf, place, at, 32);
    }

    /// @notice The same in a tree of depth 16.
    function root16(bytes32 leaf, uint256 place, bytes32[16] calldata path) internal pure returns (bytes32) {
        uint256 at;
        assembly ("memory-safe") {
            at := path
        }
        return fold(leaf, place, at, 16);
    }

    /// @dev The siblings stand in the calldata from `at` on, eight for each round. Memory 0 to 63 is scratch space.
    function fold(bytes32 leaf, uint256 place, uint256 at, uint256 depth) private pure returns (bytes32 node) {
        node = leaf;
        assembly ("memory-safe") {
            function up(below, side, sibling) -> above {
                let right := shl(5, and(side, 1))
                mstore(right, below)
                mstore(xor(right, 32), calldataload(sibling))
                above := keccak256(0, 64)
            }
            for { let end := add(at, mul(depth, 32)) } lt(at, end) { at := add(at, 256) } {
                node := up(node, place, at)
                node := up(node, shr(1, place), add(at, 32))
                node := up(node, shr(2, place), add(at, 64))
                node := up(node, shr(3, place), add(at, 96))
                node := up(node, shr(4, place), add(at, 128))
                node := up(node, shr(5, place), add(at, 160))
                node := up(node, shr(6, place), add(at, 192))
                node := up(node, shr(7, place), add(at, 224))
                place := shr(8, place)
            }
        }
    }
}
