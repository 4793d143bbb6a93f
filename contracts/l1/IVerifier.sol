// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What Rollup asks of a proof system
interface IVerifier {
    /// @notice Whether the proof shows a run of the guest program `batch` whose public output has this hash.
    /// @param digest Keccak-256 of the sixteen words of the public output
    /// @param proof in the verifier's own format
    function check(bytes32 digest, bytes calldata proof) external view returns (bool);
}
