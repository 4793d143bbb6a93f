// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Creates the four contracts, which know each other's addresses
/// @notice Their addresses follow from this contract's by nonces 1 to 4 (Queue, Verifiers, Rollup, Bridge), so they are known
/// before their constructors' arguments, among which is a hash of the genesis of L2 that holds two of them.
contract Deployer {
    /// @notice Who may deploy.
    address public immutable OWNER = msg.sender;

    /// @notice The four, in the order of their nonces.
    event Deployed(address queue, address verifiers, address rollup, address bridge);

    error OnlyOwner();
    error DeployedAlready();
    error CreationFailed(uint256 nonce);

    bool private done;

    /// @notice Creates all four, or none. Once.
    /// @param codes init code with arguments of Queue, Verifiers, Rollup, Bridge
    /// @return created their addresses
    function deploy(bytes[4] calldata codes) external returns (address[4] memory created) {
        if (msg.sender != OWNER) revert OnlyOwner();
        if (done) revert DeployedAlready();
        done = true;
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory code = codes[i];
            address at;
            assembly ("memory-safe") {
                at := create(0, add(code, 32), mload(code))
                if iszero(at) {
                    if returndatasize() {
                        returndatacopy(0, 0, returndatasize())
                        revert(0, returndatasize())
                    }
                }
            }
            if (at == address(0) || at.code.length == 0) revert CreationFailed(i + 1);
            created[i] = at;
        }
        emit Deployed(created[0], created[1], created[2], created[3]);
    }

    /// @notice Where the contract with this nonce comes to stand.
    /// @param nonce 1 to 4
    function addressOf(uint8 nonce) external view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}
