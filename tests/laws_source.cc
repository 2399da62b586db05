#include "tests/laws_source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace returns::laws {

namespace {

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void Blank(std::string& text, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < text.size(); ++i) {
        if (text[i] != '\n') text[i] = ' ';
    }
}

std::size_t EndOf(std::string_view text, std::string_view mark, std::size_t from) {
    const auto found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
}

std::size_t EndOfQuoted(std::string_view text, std::size_t open) {
    for (auto i = open + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text[open] || text[i] == '\n') {
            return i + 1;
        }
    }
    return text.size();
}

// The end of the literal or comment that starts at `at`; `at` itself when none does.
std::size_t SkipNonCode(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    const bool after_word = at > 0 && IsWordChar(text[at - 1]);
    if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
    if (rest.starts_with("/*")) return EndOf(text, "*/", at + 2);
    if (rest.starts_with("R\"") && !after_word) {
        const auto open = text.find('(', at);
        if (open == std::string_view::npos) return text.size();
        return EndOf(text, ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
    }
    // An apostrophe inside a word separates digits.
    if (rest[0] == '"' || (rest[0] == '\'' && !after_word)) return EndOfQuoted(text, at);
    return at;
}

std::string BlankNonCode(const std::string& text) {
    std::string code = text;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = SkipNonCode(text, at);
        Blank(code, at, end);
        at = std::max(end, at + 1);
    }
    return code;
}

bool IsText(const std::filesystem::path& path) {
    static const std::vector<std::string> endings = {".cc",   ".h",   ".md",  ".json", ".jq",
                                                     ".yaml", ".yml", ".sql", ".sh",   ".txt",
                                                     ".tpl",  ".css", ".js",  ".conf", ""};
    return std::find(endings.begin(), endings.end(), path.extension().string()) != endings.end();
}

std::string ReadText(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("reading " + path.string() + ": cannot open it");
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string_view Trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \n\t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \n\t") - first + 1);
}

// A block that holds declarations. "template <class T> T F()" has a parenthesis and is none.
bool IsScope(std::string_view head) {
    if (head.find('(') != std::string_view::npos) return false;
    for (const auto* word : {"namespace", "class", "struct", "union", "enum", "extern"}) {
        if (!FindWord(head, word).empty()) return true;
    }
    return false;
}

bool IsFunctionHead(std::string_view head) {
    const auto open = head.find('(');
    if (open == std::string_view::npos) return false;
    return head.find('=') > open || head.find("operator") != std::string_view::npos;
}

std::size_t MatchingBrace(std::string_view code, std::size_t open) {
    int depth = 0;
    for (auto i = open; i < code.size(); ++i) {
        if (code[i] == '{') ++depth;
        if (code[i] == '}' && --depth == 0) return i;
    }
    return code.size() - 1;
}

// Preprocessor lines take no part in braces.
std::string WithoutDirectives(std::string code) {
    bool directive = false;
    for (std::size_t at = 0; at < code.size();) {
        const auto end = std::min(code.find('\n', at), code.size());
        const auto line = Trim(std::string_view(code).substr(at, end - at));
        directive = directive || line.starts_with("#");
        const bool goes_on = directive && line.ends_with("\\");
        if (directive) Blank(code, at, end);
        directive = goes_on;
        at = end + 1;
    }
    return code;
}

}  // namespace

std::string_view SourceFile::Folder() const {
    const auto slash = path.find('/');
    return slash == std::string::npos ? "" : std::string_view(path).substr(0, slash);
}

std::string_view SourceFile::Name() const {
    const auto slash = path.rfind('/');
    return std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
}

std::string_view SourceFile::Stem() const { return Name().substr(0, Name().rfind('.')); }

bool SourceFile::IsPure() const {
    const auto folder = Folder();
    return IsCode() && (folder == "schemas" || folder == "workflows" || folder == "connectors");
}

bool SourceFile::IsProduct() const { return IsPure() || (IsCode() && Folder() == "gateway"); }

SourceFile MakeFile(std::string path, std::string text) {
    SourceFile file{std::move(path), std::move(text), {}};
    if (file.IsCode()) file.code = BlankNonCode(file.text);
    return file;
}

std::vector<SourceFile> ReadTree(const std::string& root) {
    namespace fs = std::filesystem;
    std::vector<SourceFile> files;
    for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
        const auto name = it->path().filename().string();
        const bool hidden = name == ".git" || name == ".cache" || name == "node_modules";
        if (it->is_directory() && (hidden || name.starts_with("build"))) {
            it.disable_recursion_pending();
        } else if (it->is_regular_file() && !hidden && IsText(it->path())) {
            files.push_back(
                MakeFile(it->path().lexically_relative(root).string(), ReadText(it->path())));
        }
    }
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

int LineAt(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

std::vector<std::string_view> Lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::size_t> FindWord(std::string_view code, std::string_view needle) {
    const bool call = needle.ends_with("(");
    const auto word = call ? needle.substr(0, needle.size() - 1) : needle;
    std::vector<std::size_t> found;
    for (auto at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
        const char before = at == 0 ? ' ' : code[at - 1];
        const auto after = at + word.size();
        if (IsWordChar(before) && IsWordChar(word.front())) continue;
        if (after < code.size() && IsWordChar(code[after]) && IsWordChar(word.back())) continue;
        if (call && (after >= code.size() || code[after] != '(')) continue;
        if (call && (before == '.' || before == '>')) continue;
        found.push_back(at);
    }
    return found;
}

std::vector<Include> Includes(const SourceFile& file) {
    std::vector<Include> includes;
    int number = 0;
    for (auto line : Lines(file.text)) {
        ++number;
        line = Trim(line);
        if (!line.starts_with("#")) continue;
        line = Trim(line.substr(1));
        if (!line.starts_with("include")) continue;
        line = Trim(line.substr(7));
        if (line.empty() || (line[0] != '"' && line[0] != '<')) continue;
        const bool quoted = line[0] == '"';
        const auto end = std::min(line.find(quoted ? '"' : '>', 1), line.size());
        includes.push_back({number, quoted, std::string(line.substr(1, end - 1))});
    }
    return includes;
}

// In our formatting a braced initialiser touches the name before it, a block does not.
std::vector<Function> Functions(const SourceFile& file) {
    std::vector<Function> functions;
    const auto code = WithoutDirectives(file.code);
    std::size_t head_start = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == ';' || code[at] == '}') head_start = at + 1;
        if (code[at] != '{') continue;
        if (at > 0 && code[at - 1] != ' ' && code[at - 1] != '\n') {
            at = MatchingBrace(code, at);
            continue;
        }
        const auto head = Trim(std::string_view(code).substr(head_start, at - head_start));
        if (IsScope(head)) {
            head_start = at + 1;
            continue;
        }
        const auto close = MatchingBrace(code, at);
        if (IsFunctionHead(head)) {
            const int line = LineAt(code, code.find_first_not_of(" \n\t", head_start));
            functions.push_back({std::string(Trim(head.substr(0, head.find('(')))), line,
                                 LineAt(code, close) - line + 1});
        }
        at = close;
        head_start = close + 1;
    }
    return functions;
}

}  // namespace returns::laws
