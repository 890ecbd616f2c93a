// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Corners of the language and of the machine below it.
contract Language {
    error Custom(uint256 code, string text);

    event Indexed(uint256 indexed a, address indexed b, bytes32 indexed c, string d);
    event Anonymous(bytes data) anonymous;

    uint256 immutable created = block.number;
    uint256 immutable number;
    mapping(bytes32 => uint256[]) lists;
    bytes public blob;
    string public text;
    int128 signedValue;
    bool flag;

    constructor(uint256 number_) payable {
        number = number_;
        text = "a text that is longer than thirty-two bytes, so that it is kept in slots of its own";
    }

    receive() external payable {}

    fallback(bytes calldata input) external payable returns (bytes memory) {
        return abi.encodePacked("fallback", input, msg.value);
    }

    function readImmutable() external view returns (uint256, bool) {
        return (number, created == block.number || created < block.number);
    }

    function fail(uint256 kind) external {
        blob = "must not stay";
        if (kind == 0) revert("a reason");
        if (kind == 1) revert Custom(7, "custom");
        if (kind == 2) assert(flag);
        if (kind == 3) { uint256[] memory empty; empty[kind]; }
        if (kind == 4) { uint256 zero = 0; blob = abi.encode(kind / zero); }
        if (kind == 5) { uint256 big = type(uint256).max; big += kind; }
        if (kind == 6) revert();
        if (kind == 7) { address(0x1234567890).call{value: 1 ether}(""); revert("sent"); }
        if (kind == 8) lists[0].pop();
    }

    function catching(uint256 kind) external returns (string memory how, bytes memory data) {
        try this.fail(kind) {
            how = "fine";
        } catch Error(string memory reason) {
            (how, data) = ("error", bytes(reason));
        } catch Panic(uint256 code) {
            (how, data) = ("panic", abi.encode(code));
        } catch (bytes memory raw) {
            (how, data) = ("raw", raw);
        }
    }

    function emitting(uint256 a, string calldata d) external {
        emit Indexed(a, msg.sender, keccak256(bytes(d)), d);
        emit Anonymous(abi.encode(a, d));
    }

    function storing(bytes calldata data) external returns (uint256) {
        blob = data;
        for (uint256 i = 0; i < data.length % 40; i++) lists[keccak256(data)].push(i * i);
        signedValue = -int128(int256(data.length));
        flag = !flag;
        return lists[keccak256(data)].length;
    }

    function reading(bytes32 key) external view returns (uint256[] memory, int128, bool) {
        return (lists[key], signedValue, flag);
    }

    function arithmetic(uint256 a, uint256 b, int256 c) external pure returns (uint256[14] memory out) {
        unchecked {
            out[0] = a + b;
            out[1] = a - b;
            out[2] = a * b;
            out[3] = b == 0 ? 0 : a / b;
            out[4] = b == 0 ? 0 : a % b;
            out[5] = a ** (b % 8);
            out[6] = addmod(a, b, 97);
            out[7] = mulmod(a, b, type(uint256).max - 58);
            out[8] = a << (b % 300);
            out[9] = a >> (b % 300);
            out[10] = uint256(c >> (b % 300));
            out[11] = uint256(c / 3);
            out[12] = uint256(c % 7);
            out[13] = a ^ b | (a & b) ^ ~a;
        }
    }

    function bytesOf(uint256 a) external pure returns (uint256 sign, uint256 octet, uint256 shifted) {
        assembly {
            sign := signextend(1, a)
            octet := byte(3, a)
            shifted := sar(4, a)
        }
    }

    function transient_(uint256 value) external returns (uint256 before, uint256 behind) {
        assembly {
            before := tload(5)
            tstore(5, value)
            behind := tload(5)
        }
    }

    function sizes() external view returns (bool, uint256, bytes32) {
        bytes32 nobody;
        assembly {
            nobody := extcodehash(0x99887766554433221100)
        }
        return (address(this).code.length > 0, address(0x99887766554433221100).code.length, nobody);
    }

    function environment() external payable returns (address, address, uint256, uint256, bytes4, uint256) {
        return (msg.sender, tx.origin, msg.value, address(this).balance, msg.sig, msg.data.length);
    }

    function copying(bytes calldata data, uint256 from, uint256 len) external pure returns (bytes memory) {
        return data[from:from + len];
    }

    function memoryCopy(uint256 len) external pure returns (bytes32) {
        bytes memory long = new bytes(len);
        for (uint256 i = 0; i < len; i += 7) long[i] = bytes1(uint8(i));
        return keccak256(abi.encodePacked(long, long));
    }
}

contract Child {
    uint256 public value;
    address public parent = msg.sender;

    constructor(uint256 value_) payable {
        require(value_ != 13, "unlucky");
        value = value_;
    }
}

contract Parent {
    event Made(address child);

    function make(uint256 value) external payable returns (address) {
        Child child = new Child{value: msg.value}(value);
        emit Made(address(child));
        return address(child);
    }

    function make2(uint256 value, bytes32 salt) external payable returns (address) {
        return address(new Child{salt: salt, value: msg.value}(value));
    }

    function tryMake(uint256 value) external returns (bool made, string memory reason) {
        try new Child(value) returns (Child) {
            made = true;
        } catch Error(string memory why) {
            reason = why;
        }
    }

    function balanceOf(address who) external view returns (uint256) {
        return who.balance;
    }

    function isContract(address at) external view returns (bool) {
        return at.code.length > 0;
    }
}

/// Calls in every way.
contract Caller {
    function callRaw(address to, bytes calldata data, uint256 gas_) external payable returns (bool, bytes memory) {
        return gas_ == 0 ? to.call{value: msg.value}(data) : to.call{value: msg.value, gas: gas_}(data);
    }

    function staticRaw(address to, bytes calldata data) external view returns (bool, bytes memory) {
        return to.staticcall(data);
    }

    function delegateRaw(address to, bytes calldata data) external returns (bool, bytes memory) {
        return to.delegatecall(data);
    }

    function transferTo(address payable to) external payable {
        to.transfer(msg.value);
    }

    function sendTo(address payable to) external payable returns (bool) {
        return to.send(msg.value);
    }

    /// How deep it gets before something stops it; more than the platform's limit never works.
    function recurse(uint256 left) external returns (uint256) {
        if (left == 0) return 0;
        return this.recurse(left - 1) + 1;
    }

    receive() external payable {}
}
