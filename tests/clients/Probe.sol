// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// What clients ask a node to tell apart: ways to fail, events, values of several kinds.
contract Probe {
    struct Stone {
        uint256 weight;
        string name;
    }

    error TooHeavy(uint256 weight, uint256 most);
    event Laid(address indexed by, uint256 indexed course, string name);

    uint256 public course;
    mapping(address => Stone) public stones;

    constructor(uint256 first) payable {
        course = first;
    }

    receive() external payable {}

    function lay(uint256 weight, string calldata name) external payable returns (uint256) {
        if (weight > 100) revert TooHeavy(weight, 100);
        stones[msg.sender] = Stone(weight, name);
        emit Laid(msg.sender, ++course, name);
        return course;
    }

    function refuse(string calldata why) external pure {
        revert(why);
    }

    function overflow(uint256 x) external pure returns (uint256) {
        return x + type(uint256).max;
    }

    function spin() external view returns (uint256 n) {
        while (gasleft() > 1000) n++;
    }

    /// For EIP-1271: whoever is told to is right.
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}
