// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Mark, Stone} from "../contracts/Works.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// Deploys two contracts and calls them: five transactions, each needing the one before.
contract Lay {
    bool public constant IS_SCRIPT = true;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run(address to) external returns (Stone stone, Mark mark) {
        vm.startBroadcast();
        stone = new Stone("Ashlar Stone", "STONE", 500);
        mark = new Mark();
        stone.transfer(to, 20);
        mark.carve(to, 4);
        payable(to).transfer(1 ether);
        vm.stopBroadcast();
        require(stone.balanceOf(to) == 20 && mark.ownerOf(4) == to, "not laid");
    }
}
