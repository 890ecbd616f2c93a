// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts-upgradeable/proxy/utils/UUPSUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

contract BoxV1 is Initializable, UUPSUpgradeable, OwnableUpgradeable {
    event Stored(uint256 indexed value);

    uint256 public value;

    function initialize(address owner, uint256 initial) external initializer {
        __Ownable_init(owner);
        value = initial;
    }

    function store(uint256 next) external virtual {
        value = next;
        emit Stored(next);
    }

    function version() external pure virtual returns (string memory) {
        return "one";
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}

contract BoxV2 is BoxV1 {
    uint256 public stores;

    function store(uint256 next) external override {
        value = next * 2;
        stores += 1;
        emit Stored(value);
    }

    function version() external pure override returns (string memory) {
        return "two";
    }

    function reset() external reinitializer(2) {
        stores = 100;
    }
}

/// A proxy by its own name, so that it is compiled.
contract Proxy1967 is ERC1967Proxy {
    constructor(address implementation, bytes memory data) ERC1967Proxy(implementation, data) {}
}

/// The transparent proxy makes its administrator; here is where to find it.
contract Transparent is TransparentUpgradeableProxy {
    constructor(address implementation, address owner, bytes memory data)
        TransparentUpgradeableProxy(implementation, owner, data)
    {}
}

/// Makes minimal proxies.
contract Cloner {
    event Made(address clone);

    function make(address implementation) external returns (address instance) {
        instance = Clones.clone(implementation);
        emit Made(instance);
    }

    function makeAt(address implementation, bytes32 salt) external payable returns (address instance) {
        instance = Clones.cloneDeterministic(implementation, salt, msg.value);
        emit Made(instance);
    }

    function predict(address implementation, bytes32 salt) external view returns (address) {
        return Clones.predictDeterministicAddress(implementation, salt);
    }
}

/// Reads a slot of its own in the context of a proxy.
contract PlainBox {
    uint256 public value;

    function store(uint256 next) external {
        require(next != 7, "not seven");
        value = next;
    }
}

contract PlainBox2 {
    uint256 public value;

    function store(uint256 next) external {
        value = next + 1000;
    }
}
