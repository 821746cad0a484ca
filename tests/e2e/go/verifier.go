// Verifies what Seatledger publishes with the libraries of Go's own transparency log, golang.org/x/mod/sumdb/note and
// tlog, and with nothing of Seatledger's. It says what it has verified, or ends with status 1 and says what is wrong.
//
//	verifier checkpoint VKEY CHECKPOINT
//	verifier proof VKEY PROOF ENTRY
//	verifier consistency FROM ROOT TO ROOT PROOF
//	verifier tiles VKEY FOLDER
//	verifier files FOLDER
//	verifier roots FOLDER
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of the tiles of c2sp.org/tlog-tiles, which their paths do not say.
const tileHeight = 8
const tileWidth = 1 << tileHeight

// openCheckpoint reads a checkpoint as c2sp.org/tlog-checkpoint has it. (tlog.ParseTree takes only those of Go's own
// log: its first line is the same in all of them.)
func openCheckpoint(vkey string, signed []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return tlog.Tree{}, fmt.Errorf("the checkpoint has %d lines", len(lines)-1)
	}
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the checkpoint is of %q, and the key of %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return tlog.Tree{}, fmt.Errorf("the checkpoint says no size: %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// checkProof verifies a text as c2sp.org/tlog-proof has it.
func checkProof(vkey string, text, entry []byte) (string, error) {
	head, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("this is no proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return "", errors.New("the proof says no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return "", err
	}
	tree, err := openCheckpoint(vkey, []byte(signed))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d", index, tree.N), nil
}

func checkConsistency(from, fromRoot, to, toRoot string, text []byte) error {
	sizes := [2]int64{}
	for i, size := range []string{from, to} {
		var err error
		if sizes[i], err = strconv.ParseInt(size, 10, 64); err != nil {
			return err
		}
	}
	roots, err := parseHashes([]string{fromRoot, toRoot})
	if err != nil {
		return err
	}
	proof, err := parseHashes(strings.Fields(string(text)))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, sizes[1], roots[1], sizes[0], roots[0])
}

// folder is a log as tiles, in files.
type folder string

// path is Go's path of a tile without its height; and "entries" is what Go calls data.
func (folder) path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (at folder) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(at), path))
}

// The folder is a tlog.TileReader.
func (folder) Height() int                     { return tileHeight }
func (folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (at folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := at.read(at.path(tile))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// tilesOf lists the tiles and the bundles of entries of a tree: of each of Go's list the widest one.
func tilesOf(size int64) []tlog.Tile {
	widest := map[tlog.Tile]int{}
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		width := tile.W
		tile.W = 0
		if width > widest[tile] {
			widest[tile] = width
		}
	}
	var tiles []tlog.Tile
	for tile, width := range widest {
		tile.W = width
		tiles = append(tiles, tile)
		if tile.L == 0 {
			tile.L = -1
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

// size is what the checkpoint says, unverified.
func (at folder) size() (int64, error) {
	signed, err := at.read("checkpoint")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.Split(string(signed)+"\n", "\n")[1], 10, 64)
}

// checkFiles wants just the files of the log to be there, and no folder to be empty.
func checkFiles(at folder) error {
	size, err := at.size()
	if err != nil {
		return err
	}
	expected := map[string]bool{"checkpoint": true}
	for _, tile := range tilesOf(size) {
		expected[at.path(tile)] = true
	}
	found := 0
	err = filepath.WalkDir(string(at), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			inside, err := os.ReadDir(path)
			if err == nil && len(inside) == 0 {
				err = fmt.Errorf("%s is empty", path)
			}
			return err
		}
		name, err := filepath.Rel(string(at), path)
		if err == nil && !expected[name] {
			err = fmt.Errorf("%s does not belong to the log", name)
		}
		found++
		return err
	})
	if err == nil && found != len(expected) {
		err = fmt.Errorf("%d files are there, and not %d", found, len(expected))
	}
	return err
}

// entries reads all bundles, as many entries as the log has.
func (at folder) entries(size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*tileWidth < size; n++ {
		width := size - n*tileWidth
		if width > tileWidth {
			width = tileWidth
		}
		path := at.path(tlog.Tile{H: tileHeight, L: -1, N: n, W: int(width)})
		rest, err := at.read(path)
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
				return nil, fmt.Errorf("%s is too short", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(rest))
			entries = append(entries, rest[2:end])
			rest = rest[end:]
		}
		if len(rest) > 0 {
			return nil, fmt.Errorf("%s is too long", path)
		}
	}
	return entries, nil
}

// checkTiles verifies a folder: the hash of every entry is the one that the tiles have for it, and these have the root
// that was signed.
func checkTiles(vkey string, at folder) (string, error) {
	signed, err := at.read("checkpoint")
	if err != nil {
		return "", err
	}
	tree, err := openCheckpoint(vkey, signed)
	if err != nil {
		return "", err
	}
	entries, err := at.entries(tree.N)
	if err != nil {
		return "", err
	}
	if tree.N == 0 {
		return "0 events", nil
	}
	var indexes []int64
	for n := range entries {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(n)))
	}
	hashes, err := tlog.TileHashReader(tree, at).ReadHashes(indexes)
	if err != nil {
		return "", err
	}
	for n, hash := range hashes {
		if tlog.RecordHash(entries[n]) != hash {
			return "", fmt.Errorf("entry %d has another hash than the tiles say", n)
		}
	}
	return fmt.Sprintf("%d events", tree.N), nil
}

// roots computes, from the entries alone, the root of every tree from one leaf on.
func roots(at folder) (string, error) {
	size, err := at.size()
	if err != nil {
		return "", err
	}
	entries, err := at.entries(size)
	if err != nil {
		return "", err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	var lines []string
	for n, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, reader)
		if err != nil {
			return "", err
		}
		stored = append(stored, hashes...)
		root, err := tlog.TreeHash(int64(n)+1, reader)
		if err != nil {
			return "", err
		}
		lines = append(lines, root.String())
	}
	return strings.Join(lines, "\n"), nil
}

func run(arguments []string) (string, error) {
	files := func(from int) ([][]byte, error) {
		var contents [][]byte
		for _, name := range arguments[from:] {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			contents = append(contents, content)
		}
		return contents, nil
	}
	if len(arguments) == 0 {
		return "", errors.New("wrong usage")
	}
	switch mode := arguments[0]; {
	case mode == "checkpoint" && len(arguments) == 3:
		given, err := files(2)
		if err != nil {
			return "", err
		}
		tree, err := openCheckpoint(arguments[1], given[0])
		return fmt.Sprintf("%d %s", tree.N, tree.Hash), err
	case mode == "proof" && len(arguments) == 4:
		given, err := files(2)
		if err != nil {
			return "", err
		}
		return checkProof(arguments[1], given[0], given[1])
	case mode == "consistency" && len(arguments) == 6:
		given, err := files(5)
		if err != nil {
			return "", err
		}
		return "consistent", checkConsistency(arguments[1], arguments[2], arguments[3], arguments[4], given[0])
	case mode == "tiles" && len(arguments) == 3:
		return checkTiles(arguments[1], folder(arguments[2]))
	case mode == "files" && len(arguments) == 2:
		return "the log and nothing else", checkFiles(folder(arguments[1]))
	case mode == "roots" && len(arguments) == 2:
		return roots(folder(arguments[1]))
	}
	return "", errors.New("wrong usage")
}

func main() {
	said, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(said)
}
