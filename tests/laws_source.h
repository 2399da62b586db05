// The source tree as text, for the laws: files, lines, and code without comments and literals.
// Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace returns::laws {

struct SourceFile {
    std::string path;  // relative to the root of the tree, with slashes
    std::string text;
    std::string code;  // text with comments and literals blanked; same length, same lines

    std::string_view Folder() const;  // "schemas"; "" for files at the top
    std::string_view Name() const;    // "json.cc"
    std::string_view Stem() const;    // "json"
    bool Is(std::string_view ending) const { return path.ends_with(ending); }
    bool IsCode() const { return Is(".cc") || Is(".h"); }
    bool IsPure() const;     // code of schemas, workflows or connectors
    bool IsProduct() const;  // the same and gateway
};

SourceFile MakeFile(std::string path, std::string text);

// Every text file of the tree, sorted by path, without build folders and version control.
std::vector<SourceFile> ReadTree(const std::string& root);

// 1-based number of the line that holds the offset.
int LineAt(std::string_view text, std::size_t offset);
std::vector<std::string_view> Lines(std::string_view text);

// Offsets of a needle as a whole word; "name(" finds calls that are not on a member.
std::vector<std::size_t> FindWord(std::string_view code, std::string_view needle);

struct Include {
    int line = 0;
    bool quoted = false;
    std::string target;
};
std::vector<Include> Includes(const SourceFile& file);

// A function's extent, its signature included; lambdas count with what holds them.
struct Function {
    std::string head;  // the signature's text before its first parenthesis
    int line = 0;
    int lines = 0;
};
std::vector<Function> Functions(const SourceFile& file);

}  // namespace returns::laws
