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

    /// @dev The siblings stand in the calldata from `at` on. Memory 0 to 63 is scratch space.
    function fold(bytes32 leaf, uint256 place, uint256 at, uint256 depth) private pure returns (bytes32 node) {
        node = leaf;
        assembly ("memory-safe") {
            for { let end := add(at, mul(depth, 32)) } lt(at, end) { at := add(at, 32) } {
                let right := shl(5, and(place, 1))
                mstore(right, node)
                mstore(xor(right, 32), calldataload(at))
                node := keccak256(0, 64)
                place := shr(1, place)
            }
        }
    }
}
