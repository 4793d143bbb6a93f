// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// A token that sells itself, with whatever name it is given: what the explorer is tested with.
contract Shop {
    struct Order {
        address buyer;
        uint128 amount;
        string note;
    }

    string public name;
    string public symbol;
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    uint256 public immutable founded = block.number;
    mapping(address => uint256) public balanceOf;
    Order[] private orders;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Ordered(uint256 indexed number, address indexed buyer, Order order, uint256[] history);

    event Tipped(address indexed by, uint256 value, string note);

    error SoldOut(address buyer, string why);

    constructor(string memory name_, string memory symbol_) {
        name = name_;
        symbol = symbol_;
        move(address(0), msg.sender, 1_000_000 ether);
        totalSupply = 1_000_000 ether;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (balanceOf[msg.sender] < value) revert SoldOut(msg.sender, "not so many here");
        balanceOf[msg.sender] -= value;
        move(msg.sender, to, value);
        return true;
    }

    function order(uint128 amount, string calldata note, uint256[] calldata history) external returns (uint256 number) {
        number = orders.length;
        orders.push(Order(msg.sender, amount, note));
        emit Ordered(number, msg.sender, orders[number], history);
        this.stock(history);
    }

    function stock(uint256[] calldata amounts) external pure returns (uint256 sum) {
        for (uint256 i = 0; i < amounts.length; i++) sum += amounts[i];
    }

    function tip(string calldata note) external payable returns (uint256 wei_) {
        require(msg.value > 0, "nothing given");
        emit Tipped(msg.sender, msg.value, note);
        return msg.value;
    }

    function age() external view returns (uint256) {
        return block.number - founded;
    }

    function orderAt(uint256 number) external view returns (Order memory) {
        require(number < orders.length, "no such order");
        return orders[number];
    }

    function move(address from, address to, uint256 value) private {
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
