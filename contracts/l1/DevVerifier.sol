// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IVerifier} from "./IVerifier.sol";

/// @title Development only: an attester's word in place of a proof
/// @notice The attester is the process of a development network that verified the proof natively; it signs the digest. This
/// contract can neither be created nor asked on any other chain than one for development.
contract DevVerifier is IVerifier {
    /// @notice Whose signature counts.
    address public immutable ATTESTER;

    error OnlyForDevelopment();
    error NoAttester();

    /// @param attester whose signature counts
    constructor(address attester) {
        requireDevelopment();
        if (attester == address(0)) revert NoAttester();
        ATTESTER = attester;
    }

    /// @inheritdoc IVerifier
    /// @dev The proof is r ‖ s ‖ v over the digest itself, 65 bytes, s in the lower half.
    function check(bytes32 digest, bytes calldata proof) external view returns (bool) {
        requireDevelopment();
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, proof);
        return failure == ECDSA.RecoverError.NoError && signer == ATTESTER;
    }

    function requireDevelopment() private view {
        if (block.chainid != 1337 && block.chainid != 31337) revert OnlyForDevelopment();
    }
}
