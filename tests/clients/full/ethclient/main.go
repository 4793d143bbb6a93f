// go-ethereum's ethclient and gethclient against a development node, by HTTP and by WebSocket. One line of TAP for each
// thing seen. ethclient PORT TOKEN.json
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
)

var (
	count, failed int
	background    = context.Background()
)

func check(what string, run func()) {
	count++
	defer func() {
		if problem := recover(); problem != nil {
			failed = 1
			fmt.Printf("not ok %d - %s\n# %.300v\n", count, what, problem)
		} else {
			fmt.Printf("ok %d - %s\n", count, what)
		}
	}()
	run()
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func equal[T comparable](got, expected T) {
	if got != expected {
		panic(fmt.Sprintf("got %v, expected %v", got, expected))
	}
}

// The next of a channel, waited for at most 5 s.
func next[T any](channel <-chan T) T {
	select {
	case value := <-channel:
		return value
	case <-time.After(5 * time.Second):
		panic("nothing came")
	}
}

func main() {
	url := "127.0.0.1:" + os.Args[1]
	var token struct {
		ABI      json.RawMessage
		Bytecode string
	}
	if err := json.Unmarshal(must(os.ReadFile(os.Args[2])), &token); err != nil {
		panic(err)
	}
	tokenABI := must(abi.JSON(strings.NewReader(string(token.ABI))))
	connection := must(rpc.Dial("http://" + url))
	client, geth := ethclient.NewClient(connection), gethclient.New(connection)
	socketConnection := must(rpc.Dial("ws://" + url))
	socket, gethSocket := ethclient.NewClient(socketConnection), gethclient.New(socketConnection)

	key := must(crypto.HexToECDSA("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"))
	alice, bob := crypto.PubkeyToAddress(key.PublicKey), common.HexToAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
	signer := types.NewPragueSigner(big.NewInt(1337))
	sign := func(data types.TxData) *types.Transaction { return must(types.SignNewTx(key, signer, data)) }
	nonce := func() uint64 { return must(client.PendingNonceAt(background, alice)) }
	pay := func(value int64) *types.Transaction {
		return sign(&types.DynamicFeeTx{ChainID: big.NewInt(1337), Nonce: nonce(), Gas: 21000, To: &bob,
			GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e10), Value: big.NewInt(value)})
	}
	submit := func(tx *types.Transaction) *types.Receipt {
		if err := client.SendTransaction(background, tx); err != nil {
			panic(err)
		}
		return must(bind.WaitMined(background, client, tx.Hash()))
	}

	check("the chain is told by number, head and network", func() {
		equal(must(client.ChainID(background)).Uint64(), 1337)
		equal(must(client.NetworkID(background)).Uint64(), 1337)
		equal(must(client.SyncProgress(background)), nil)
		head := must(client.HeaderByNumber(background, nil))
		equal(must(client.HeaderByHash(background, head.Hash())).Number.Cmp(head.Number), 0)
		if must(client.BalanceAt(background, alice, nil)).Sign() <= 0 {
			panic("alice has nothing")
		}
	})

	check("a header's hash is what the node says it is", func() {
		receipt := submit(pay(1))
		equal(must(client.HeaderByNumber(background, receipt.BlockNumber)).Hash(), receipt.BlockHash)
		block := must(client.BlockByHash(background, receipt.BlockHash))
		equal(block.Hash(), receipt.BlockHash)
		equal(types.DeriveSha(block.Transactions(), trie.NewStackTrie(nil)), block.TxHash())
	})

	check("transactions of every type that an L2 takes are mined", func() {
		price := must(client.SuggestGasPrice(background))
		list := types.AccessList{{Address: bob, StorageKeys: []common.Hash{{1}}}}
		for _, data := range []types.TxData{
			&types.LegacyTx{Nonce: nonce(), Gas: 30000, GasPrice: price, To: &bob, Value: big.NewInt(1)},
			&types.AccessListTx{ChainID: big.NewInt(1337), Nonce: nonce() + 1, Gas: 30000, GasPrice: price, To: &bob, AccessList: list},
			&types.DynamicFeeTx{ChainID: big.NewInt(1337), Nonce: nonce() + 2, Gas: 30000, GasTipCap: big.NewInt(1),
				GasFeeCap: price, To: &bob},
		} {
			tx := sign(data)
			receipt := submit(tx)
			equal(receipt.Status, types.ReceiptStatusSuccessful)
			equal(receipt.Type, tx.Type())
			found, pending, err := client.TransactionByHash(background, tx.Hash())
			equal(must(found, err).Hash(), tx.Hash())
			equal(pending, false)
			equal(must(client.TransactionSender(background, found, receipt.BlockHash, receipt.TransactionIndex)), alice)
		}
	})

	check("an authorization sets code (EIP-7702)", func() {
		authorization := must(types.SignSetCode(key, types.SetCodeAuthorization{ChainID: *uint256.NewInt(1337),
			Address: bob, Nonce: nonce() + 1}))
		receipt := submit(sign(&types.SetCodeTx{ChainID: uint256.NewInt(1337), Nonce: nonce(), Gas: 100000, GasTipCap: uint256.NewInt(1e9),
			GasFeeCap: uint256.NewInt(1e10), To: bob, AuthList: []types.SetCodeAuthorization{authorization}}))
		equal(receipt.Status, types.ReceiptStatusSuccessful)
		delegate, is := types.ParseDelegation(must(client.CodeAt(background, alice, nil)))
		equal(is, true)
		equal(delegate, bob)
	})

	var deployed common.Address
	var contract *bind.BoundContract
	auth := bind.NewKeyedTransactor(key, big.NewInt(1337))
	check("bind deploys a contract, sends to it and calls it", func() {
		input := append(common.FromHex(token.Bytecode), must(tokenABI.Pack("", big.NewInt(1000)))...)
		address, tx, err := bind.DeployContract(auth, input, client, nil)
		must(tx, err)
		equal(must(bind.WaitDeployed(background, client, tx.Hash())), address)
		deployed, contract = address, bind.NewBoundContract(address, tokenABI, client, client, client)
		sent := must(bind.Transact(contract, auth, must(tokenABI.Pack("transfer", bob, big.NewInt(30)))))
		equal(must(bind.WaitMined(background, client, sent.Hash())).Status, types.ReceiptStatusSuccessful)
		balance := must(bind.Call(contract, &bind.CallOpts{}, must(tokenABI.Pack("balanceOf", bob)),
			func(output []byte) (*big.Int, error) { return new(big.Int).SetBytes(output), nil }))
		equal(balance.Int64(), 30)
	})

	check("logs are filtered", func() {
		logs := must(client.FilterLogs(background, ethereum.FilterQuery{FromBlock: big.NewInt(0),
			Addresses: []common.Address{deployed}, Topics: [][]common.Hash{{tokenABI.Events["Transfer"].ID}, nil,
				{common.BytesToHash(bob.Bytes())}}}))
		equal(len(logs), 1)
		equal(new(big.Int).SetBytes(logs[0].Data).Int64(), 30)
		receipts := must(client.BlockReceipts(background, rpc.BlockNumberOrHashWithHash(logs[0].BlockHash, false)))
		equal(receipts[0].Logs[0].TxHash, logs[0].TxHash)
	})

	check("a revert comes with its data", func() {
		_, err := client.CallContract(background, ethereum.CallMsg{From: bob, To: &deployed,
			Data: must(tokenABI.Pack("transfer", alice, big.NewInt(31)))}, nil)
		var data rpc.DataError
		equal(errors.As(err, &data), true)
		equal(strings.HasPrefix(fmt.Sprint(data.ErrorData()), tokenABI.Errors["ERC20InsufficientBalance"].ID.Hex()[:10]), true)
	})

	check("what a call would find with other state is told, and its access list", func() {
		message := ethereum.CallMsg{From: bob, To: &deployed, Data: must(tokenABI.Pack("balanceOf", bob))}
		list, gas, failure, err := geth.CreateAccessList(background, message)
		must(list, err)
		equal(failure, "")
		equal((*list)[0].Address, deployed)
		if gas <= 21000 {
			panic(gas)
		}
		overrides := map[common.Address]gethclient.OverrideAccount{deployed: {StateDiff: map[common.Hash]common.Hash{
			(*list)[0].StorageKeys[0]: common.BigToHash(big.NewInt(77))}}}
		output := must(geth.CallContract(background, message, nil, &overrides))
		equal(new(big.Int).SetBytes(output).Int64(), 77)
	})

	check("accounts are proven", func() {
		proof := must(geth.GetProof(background, deployed, []string{"0x2"}, nil))
		equal(proof.StorageProof[0].Value.Int64(), 1000) // the supply
		equal(crypto.Keccak256Hash(common.FromHex(proof.AccountProof[0])), must(client.HeaderByNumber(background, nil)).Root)
		equal(proof.CodeHash, crypto.Keccak256Hash(must(client.CodeAt(background, deployed, nil))))
	})

	check("fees of the past are told", func() {
		history := must(client.FeeHistory(background, 3, nil, []float64{10, 90}))
		equal(len(history.BaseFee), 4)
		equal(len(history.Reward[2]), 2)
		if must(client.SuggestGasTipCap(background)).Sign() <= 0 {
			panic("no tip")
		}
	})

	check("gas is estimated for what reaches the contract", func() {
		call := must(tokenABI.Pack("transfer", bob, big.NewInt(1)))
		estimate := must(client.EstimateGas(background, ethereum.CallMsg{From: alice, To: &deployed, Data: call}))
		tx := sign(&types.DynamicFeeTx{ChainID: big.NewInt(1337), Nonce: nonce(), Gas: estimate, To: &deployed,
			GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e10), Data: call})
		equal(submit(tx).Status, types.ReceiptStatusSuccessful)
		var frame gethclient.CallFrame
		must(0, connection.Call(&frame, "debug_traceTransaction", tx.Hash(), map[string]any{"tracer": "callTracer",
			"tracerConfig": map[string]any{"withLog": true}}))
		equal(*frame.To, deployed)
		equal(frame.Logs[0].Topics[0], tokenABI.Events["Transfer"].ID)
	})

	check("a transaction is answered with its receipt (EIP-7966)", func() {
		limit := 2 * time.Second
		tx := pay(2)
		equal(must(client.SendTransactionSync(background, tx, &limit)).TxHash, tx.Hash())
	})

	check("blocks are simulated", func() {
		simulated := must(client.SimulateV1(background, ethclient.SimulateOptions{BlockStateCalls: []ethclient.SimulateBlock{
			{Calls: []ethereum.CallMsg{{From: alice, To: &deployed, Data: must(tokenABI.Pack("transfer", bob, big.NewInt(5)))}}},
			{Calls: []ethereum.CallMsg{{To: &deployed, Data: must(tokenABI.Pack("balanceOf", bob))}}},
		}}, nil))
		equal(len(simulated[0].Calls[0].Logs), 1)
		equal(new(big.Int).SetBytes(simulated[1].Calls[0].ReturnValue).Int64(), 36)
	})

	check("heads and logs are announced", func() {
		heads, logs := make(chan *types.Header, 9), make(chan types.Log, 9)
		a := must(socket.SubscribeNewHead(background, heads))
		b := must(socket.SubscribeFilterLogs(background, ethereum.FilterQuery{Addresses: []common.Address{deployed}}, logs))
		sent := must(bind.Transact(contract, auth, must(tokenABI.Pack("transfer", bob, big.NewInt(4)))))
		receipt := must(bind.WaitMined(background, client, sent.Hash()))
		equal(next(heads).Hash(), receipt.BlockHash)
		equal(next(logs).TxHash, sent.Hash())
		a.Unsubscribe()
		b.Unsubscribe()
	})

	// Whether a block comes at once, by time, or when it is asked for.
	full, hashes := make(chan *types.Transaction, 9), make(chan common.Hash, 9)
	var subscriptions []*rpc.ClientSubscription
	pending := func() {
		tx := pay(3)
		if err := client.SendTransaction(background, tx); err != nil {
			panic(err)
		}
		equal(next(full).Hash(), tx.Hash())
		equal(next(hashes), tx.Hash())
	}
	check("pending transactions are announced whole and by hash", func() {
		subscriptions = append(subscriptions, must(gethSocket.SubscribeFullPendingTransactions(background, full)),
			must(gethSocket.SubscribePendingTransactions(background, hashes)))
		pending()
	})
	check("they are while no block is sealed", func() {
		must(0, connection.Call(nil, "evm_setAutomine", false))
		defer connection.Call(nil, "evm_setAutomine", true)
		pending()
		pending()
		equal(must(client.PendingTransactionCount(background)), 2)
	})

	check("the pool refuses what nonce and fee forbid", func() {
		for said, data := range map[string]types.TxData{
			"nonce too low": &types.LegacyTx{Nonce: 0, Gas: 21000, GasPrice: big.NewInt(1e10), To: &bob},
			"underpriced":   &types.LegacyTx{Nonce: nonce(), Gas: 21000, GasPrice: big.NewInt(0), To: &bob},
			"intrinsic gas": &types.LegacyTx{Nonce: nonce(), Gas: 20999, GasPrice: big.NewInt(1e10), To: &bob},
		} {
			err := client.SendTransaction(background, sign(data))
			if err == nil || !strings.Contains(err.Error(), said) {
				panic(fmt.Sprintf("%v, expected %s", err, said))
			}
		}
	})

	check("a batch is answered whole", func() {
		calls := make([]rpc.BatchElem, 50)
		for i := range calls {
			calls[i] = rpc.BatchElem{Method: "eth_getBalance", Args: []any{alice, "latest"}, Result: new(string)}
		}
		must(0, connection.BatchCall(calls))
		equal(slices.ContainsFunc(calls, func(c rpc.BatchElem) bool { return c.Error != nil || *c.Result.(*string) == "" }), false)
	})

	for _, s := range subscriptions {
		s.Unsubscribe()
	}
	fmt.Printf("1..%d\n", count)
	os.Exit(failed)
}
