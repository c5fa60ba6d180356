// Checks a published log with the Go project's own code, golang.org/x/mod/sumdb, and ours nowhere.
//
//	check DIRECTORY KEY < CLAIMS
//
// Every tile, every entry, the signature and the root; then the proofs that our server has made:
// that older checkpoints are the beginning of the tree, and that leaves are in it.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // c2sp.org/tlog-tiles: 256 hashes in a tile

type claims struct {
	Consistency []struct {
		Checkpoint string
		Proof      tlog.TreeProof
	}
	Inclusion []struct {
		Index int64
		Leaf  tlog.Hash
		Proof tlog.RecordProof
	}
}

func main() {
	if err := check(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func check(directory, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := checkpoint(text, verifier)
	if err != nil {
		return err
	}
	hashes, err := entries(directory, tree)
	if err != nil {
		return err
	}
	if err := tiles(directory, tree, hashes); err != nil {
		return err
	}
	var made claims
	if err := json.NewDecoder(os.Stdin).Decode(&made); err != nil {
		return err
	}
	if err := prove(tree, made, verifier); err != nil {
		return err
	}
	proofs := len(made.Consistency) + len(made.Inclusion)
	fmt.Printf("%d entries, %d proofs\n", tree.N, proofs)
	return nil
}

func prove(tree tlog.Tree, made claims, verifier note.Verifier) error {
	for _, claim := range made.Consistency {
		old, err := checkpoint([]byte(claim.Checkpoint), verifier)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(claim.Proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("consistency with %d: %w", old.N, err)
		}
	}
	for _, claim := range made.Inclusion {
		if err := tlog.CheckRecord(claim.Proof, tree.N, tree.Hash, claim.Index, claim.Leaf); err != nil {
			return fmt.Errorf("inclusion of %d: %w", claim.Index, err)
		}
	}
	return nil
}

// checkpoint is c2sp.org/tlog-checkpoint: name, size, root; x/mod's own form lacks the name's line.
func checkpoint(text []byte, verifier note.Verifier) (tree tlog.Tree, err error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	copy(tree.Hash[:], root)
	return tree, err
}

// stored is every hash of the tree, in the order of x/mod.
type stored []tlog.Hash

func (hashes stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index >= int64(len(hashes)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[at] = hashes[index]
	}
	return found, nil
}

// entries grows the tree anew from the published entries: it must have the signed root.
func entries(directory string, tree tlog.Tree) (hashes stored, err error) {
	for start := int64(0); start < tree.N; start += 1 << height {
		tile := tlog.Tile{H: height, L: 0, N: start >> height, W: int(min(1<<height, tree.N-start))}
		path := strings.Replace(name(tile), "tile/0/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(directory, path))
		if err != nil {
			return nil, err
		}
		for number := start; number < start+int64(tile.W); number++ {
			if len(bundle) < 2 || len(bundle) < 2+size(bundle) {
				return nil, fmt.Errorf("entry %d is cut short", number)
			}
			added, err := tlog.StoredHashes(number, bundle[2:2+size(bundle)], hashes)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, added...)
			bundle = bundle[2+size(bundle):]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("bytes are left at the end of %s", path)
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err == nil && root != tree.Hash {
		err = errors.New("the entries do not give the signed root")
	}
	return hashes, err
}

// tiles compares every published tile with the one that x/mod makes.
//
// Not with TileHashReader: in the releases up to Debian 12's it leaves tiles unauthenticated when
// several hashes of the root stand in one tile.
func tiles(directory string, tree tlog.Tree, hashes stored) error {
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		if tile.W != 1<<height && int64(tile.W) != tree.N>>(height*tile.L)%(1<<height) {
			continue // narrower than what is published
		}
		expected, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		published, err := os.ReadFile(filepath.Join(directory, name(tile)))
		if err != nil {
			return err
		}
		if !bytes.Equal(expected, published) {
			return fmt.Errorf("%s is not the tile of the tree", name(tile))
		}
	}
	return nil
}

func size(bundle []byte) int { return int(bundle[0])<<8 | int(bundle[1]) }

func min(one, other int64) int64 {
	if one < other {
		return one
	}
	return other
}

// name is the path of a tile under c2sp.org/tlog-tiles, which leaves the height out.
func name(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}
