// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// What of forge's cheat codes these tests use.
interface Vm {
    struct SignedDelegation {
        uint8 v;
        bytes32 r;
        bytes32 s;
        uint64 nonce;
        address implementation;
    }

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 key) external pure returns (address);
    function assume(bool condition) external pure;
    function attachDelegation(SignedDelegation calldata delegation) external;
    function chainId(uint256 id) external;
    function computeCreateAddress(address creator, uint256 nonce) external pure returns (address);
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function fee(uint256 basefee) external;
    function getBlockNumber() external view returns (uint256);
    function getBlockTimestamp() external view returns (uint256);
    function getNonce(address account) external view returns (uint64);
    function getRecordedLogs() external returns (Log[] memory);
    function load(address account, bytes32 slot) external view returns (bytes32);
    function parseJson(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytesArray(string calldata json, string calldata key) external pure returns (bytes[] memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function envOr(string calldata name, string calldata other) external view returns (string memory);
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function startPrank(address sender) external;
    function startPrank(address sender, address origin) external;
    function stopPrank() external;
    function readFile(string calldata path) external view returns (string memory);
    function recordLogs() external;
    function revertToState(uint256 id) external returns (bool);
    function roll(uint256 number) external;
    function setNonce(address account, uint64 nonce) external;
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signDelegation(address implementation, uint256 key) external returns (SignedDelegation memory);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function snapshotState() external returns (uint256);
    function store(address account, bytes32 slot, bytes32 value) external;
    function toString(uint256 value) external pure returns (string memory);
    function warp(uint256 time) external;
}

/// Assertions and the like. A test fails by reverting.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    // An optimizer may take block.timestamp and block.number for constants of a call; tests change them.
    function time() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function number() internal view returns (uint256) {
        return vm.getBlockNumber();
    }

    /// The init code of a contract of l1/, as it is deployed.
    function codeOf(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(vm.readFile(string.concat("../build/contracts/", name, ".json")), ".bytecode");
    }

    function create(string memory name, bytes memory arguments) internal returns (address at) {
        bytes memory code = bytes.concat(codeOf(name), arguments);
        assembly ("memory-safe") {
            at := create(0, add(code, 32), mload(code))
            if iszero(at) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    error NotEqual(string what, bytes32 got, bytes32 expected);

    function is_(bool got, string memory what) internal pure {
        require(got, what);
    }

    function equal(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, bytes32(got), bytes32(expected));
    }

    function equal(bytes32 got, bytes32 expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, got, expected);
    }

    function equal(address got, address expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, bytes32(uint256(uint160(got))), bytes32(uint256(uint160(expected))));
    }

    function equal(bytes memory got, bytes memory expected, string memory what) internal pure {
        if (keccak256(got) != keccak256(expected)) revert NotEqual(what, keccak256(got), keccak256(expected));
    }
}
