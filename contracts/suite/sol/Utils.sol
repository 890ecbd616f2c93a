// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

contract Vault is ReentrancyGuard {
    mapping(address => uint256) public shares;

    function deposit() external payable {
        shares[msg.sender] += msg.value;
    }

    function withdraw() external nonReentrant {
        uint256 amount = shares[msg.sender];
        Address.sendValue(payable(msg.sender), amount);
        shares[msg.sender] = 0;
    }

    function withdrawUnguarded() external {
        uint256 amount = shares[msg.sender];
        (bool sent,) = msg.sender.call{value: amount}("");
        require(sent, "not sent");
        shares[msg.sender] = 0;
    }
}

contract Attacker {
    Vault immutable vault;
    bool guarded;
    uint256 public rounds;

    constructor(Vault target) payable {
        vault = target;
    }

    function attack(bool guarded_) external {
        guarded = guarded_;
        rounds = 0;
        vault.deposit{value: 1e9}();
        if (guarded_) vault.withdraw();
        else vault.withdrawUnguarded();
    }

    receive() external payable {
        rounds += 1;
        if (rounds < 3) {
            if (guarded) vault.withdraw();
            else vault.withdrawUnguarded();
        }
    }
}

contract Crypto {
    using MessageHashUtils for bytes32;

    function recover(bytes32 hash, bytes memory signature) external pure returns (address) {
        return ECDSA.recover(hash.toEthSignedMessageHash(), signature);
    }

    function verify(bytes32[] memory proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verify(proof, root, leaf);
    }

    function hashes(bytes calldata data) external pure returns (bytes32, bytes32, bytes20) {
        return (keccak256(data), sha256(data), ripemd160(data));
    }

    function power(uint256 base, uint256 exponent, uint256 modulus) external view returns (uint256) {
        return Math.modExp(base, exponent, modulus);
    }

    /// Asks a precompile and returns what it said.
    function ask(address precompile, bytes calldata input) external view returns (bool, bytes memory) {
        return precompile.staticcall(input);
    }
}

contract Many is Multicall {
    uint256 public sum;

    function add(uint256 number) external returns (uint256) {
        require(number < 1000, "too much");
        sum += number;
        return sum;
    }
}

contract Texts {
    function numbers(uint256 value, int256 signed) external pure returns (string memory, string memory, string memory) {
        return (Strings.toString(value), Strings.toStringSigned(signed), Strings.toHexString(value));
    }

    function base64(bytes calldata data) external pure returns (string memory) {
        return Base64.encode(data);
    }

    function mulDiv(uint256 a, uint256 b, uint256 c) external pure returns (uint256) {
        return Math.mulDiv(a, b, c);
    }

    function roots(uint256 value) external pure returns (uint256, uint256) {
        return (Math.sqrt(value), Math.log2(value));
    }
}

contract Timelock is TimelockController {
    constructor(uint256 delay, address[] memory proposers, address[] memory executors)
        TimelockController(delay, proposers, executors, address(0))
    {}
}
