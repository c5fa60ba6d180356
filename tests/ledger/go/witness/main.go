// A witness (c2sp.org/tlog-witness) on the Go project's own code: x/mod's signed notes and tree.
//
//	witness NAME SEED LOG-KEY CERTIFICATE MEMORY
//
// Listens on a free port of loopback, says which in a line, and cosigns what extends the tree that it
// keeps in the file MEMORY, and nothing else.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type witness struct {
	sync.Mutex
	name   string
	key    ed25519.PrivateKey
	log    note.Verifier
	memory string
}

func main() {
	seed, err := hex.DecodeString(os.Args[2])
	must(err)
	log, err := note.NewVerifier(os.Args[3])
	must(err)
	key := ed25519.NewKeyFromSeed(seed)
	w := &witness{name: os.Args[1], key: key, log: log, memory: os.Args[5]}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	http.HandleFunc("/add-checkpoint", w.add)
	public := append([]byte{4}, key.Public().(ed25519.PublicKey)...)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port, fmt.Sprintf("%s+%x+%s", w.name, w.id(), base64.StdEncoding.EncodeToString(public)))
	must(http.ServeTLS(listener, nil, os.Args[4], os.Args[4]))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// id is c2sp.org/tlog-cosignature: over the name, the type 0x04 and the key.
func (w *witness) id() []byte {
	public := w.key.Public().(ed25519.PublicKey)
	digest := sha256.Sum256(append([]byte(w.name+"\n\x04"), public...))
	return digest[:4]
}

func (w *witness) add(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	head, signed, found := strings.Cut(string(body), "\n\n")
	if err != nil || !found {
		http.Error(answer, "malformed", http.StatusBadRequest)
		return
	}
	lines := strings.Split(head, "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil {
		http.Error(answer, "malformed", http.StatusBadRequest)
		return
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(w.log))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusForbidden)
		return
	}
	tree, err := checkpoint(opened.Text, w.log.Name())
	if err != nil || old > tree.N {
		http.Error(answer, "no checkpoint of this log, or smaller than the old size", http.StatusBadRequest)
		return
	}
	w.Lock()
	defer w.Unlock()
	held := w.held()
	if old != held.N || old == tree.N && held.Hash != tree.Hash {
		answer.Header().Set("Content-Type", "text/x.tlog.size")
		answer.WriteHeader(http.StatusConflict)
		fmt.Fprintln(answer, held.N)
		return
	}
	if err := extends(tree, held, lines[1:]); err != nil {
		http.Error(answer, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	kept, _ := json.Marshal(tree)
	must(os.WriteFile(w.memory, kept, 0o600))
	fmt.Fprint(answer, w.cosignature(opened.Text))
}

func (w *witness) held() (tree tlog.Tree) {
	if kept, err := os.ReadFile(w.memory); err == nil {
		must(json.Unmarshal(kept, &tree))
	}
	return tree
}

func extends(tree, held tlog.Tree, lines []string) error {
	if held.N == 0 || held.N == tree.N {
		if len(lines) != 0 {
			return errors.New("a proof where none is needed")
		}
		return nil
	}
	proof := make(tlog.TreeProof, len(lines))
	for at, line := range lines {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != len(proof[at]) {
			return errors.New("malformed hash")
		}
		copy(proof[at][:], hash)
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, held.N, held.Hash)
}

func checkpoint(text, origin string) (tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		return tree, errors.New("not a checkpoint")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	copy(tree.Hash[:], root)
	return tree, err
}

// cosignature is cosignature/v1 of c2sp.org/tlog-cosignature.
func (w *witness) cosignature(text string) string {
	at := time.Now().Unix()
	signed := ed25519.Sign(w.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)))
	value := binary.BigEndian.AppendUint64(w.id(), uint64(at))
	return fmt.Sprintf("— %s %s\n", w.name, base64.StdEncoding.EncodeToString(append(value, signed...)))
}
