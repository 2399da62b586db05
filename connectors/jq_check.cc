// The allow-list check of mappings. A mapping may only use what is listed here, so whatever
// passes reads nothing but its input and ends: no loops but over the input, no recursion, no
// regular expressions, no assignment, no arithmetic that multiplies.
#include "connectors/fields.h"
#include "connectors/jq.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace returns::connectors {
namespace {

using Names = std::set<std::string, std::less<>>;

const Names& AllowedFunctions() {
    static const Names names = {"true",
                                "false",
                                "null",
                                "not",
                                "empty",
                                "error",
                                "type",
                                "length",
                                "utf8bytelength",
                                "keys",
                                "keys_unsorted",
                                "values",
                                "nulls",
                                "has",
                                "in",
                                "map",
                                "select",
                                "add",
                                "any",
                                "all",
                                "flatten",
                                "floor",
                                "tostring",
                                "tonumber",
                                "tojson",
                                "sort",
                                "sort_by",
                                "group_by",
                                "min",
                                "max",
                                "min_by",
                                "max_by",
                                "unique",
                                "unique_by",
                                "reverse",
                                "contains",
                                "inside",
                                "startswith",
                                "endswith",
                                "ltrimstr",
                                "rtrimstr",
                                "split",
                                "join",
                                "ascii_downcase",
                                "ascii_upcase",
                                "to_entries",
                                "from_entries",
                                "with_entries",
                                "first",
                                "last",
                                "index",
                                "rindex",
                                "todate",
                                "arrays",
                                "objects",
                                "strings",
                                "numbers",
                                "booleans",
                                "scalars",
                                "lookup"};
    return names;
}

const Names& AllowedFormats() {
    static const Names names = {"text", "json", "uri", "html", "base64"};
    return names;
}

const Names& Keywords() {
    static const Names names = {"def",    "if",      "then", "elif",  "else", "end", "as",
                                "reduce", "foreach", "try",  "catch", "and",  "or"};
    return names;
}

bool Letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool Digit(char c) { return c >= '0' && c <= '9'; }

class Checker {
public:
    Checker(const JqSource& source, const JqLimits& limits) : source_(source), text_(source.text) {
        if (text_.size() > limits.program_bytes_max) {
            Fail("is longer than " + std::to_string(limits.program_bytes_max) + " bytes");
        }
        levels_.push_back({'^', ""});
    }

    Status Check() {
        while (failure_.empty() && at_ < text_.size()) Step();
        if (failure_.empty() && levels_.size() != 1)
            Fail("a bracket, string or 'if' is not closed");
        if (failure_.empty() && !defs_.empty()) Fail("a 'def' is not ended by ';'");
        if (!failure_.empty()) return Invalid(failure_);
        return {};
    }

private:
    // What encloses the text at hand: '(', '[', '{', 'i' for if, 's' for \( in a string.
    struct Level {
        char open;
        std::string caller;  // '(': the function it is the argument list of
    };
    struct Def {
        std::string name;
        std::size_t level;
        std::size_t names_before;  // scope_.size() when its parameters came in
    };
    struct Scoped {
        std::string name;
        std::size_t level;
    };
    enum class Before { kOperator, kTerm, kDot, kFunction };

    void Fail(const std::string& what) {
        if (failure_.empty()) {
            failure_ = "checking mapping " + source_.name + ": line " + std::to_string(line_) +
                       ": " + what;
        }
    }

    char Peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    void Step() {
        const char c = Peek();
        if (c == '\n') ++line_;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            ++at_;
        } else if (c == '#') {
            while (at_ < text_.size() && Peek() != '\n') ++at_;
        } else if (c == '"') {
            ++at_;
            ReadString();
        } else if (Letter(c)) {
            ReadWord();
        } else if (Digit(c)) {
            while (Digit(Peek()) || Peek() == '.') ++at_;
            before_ = Before::kTerm;
        } else if (c == '$') {
            ReadVariable();
        } else if (c == '@') {
            ++at_;
            if (const std::string name = Word(); !AllowedFormats().contains(name)) {
                Fail("'@" + name + "' is not allowed");
            }
            before_ = Before::kTerm;
        } else if (c == '.') {
            ReadDot();
        } else {
            ReadSymbol(c);
        }
    }

    std::string Word() {
        const std::size_t start = at_;
        while (Letter(Peek()) || Digit(Peek())) ++at_;
        if (Peek() == ':' && Peek(1) == ':') Fail("modules are not allowed");
        return std::string(text_.substr(start, at_ - start));
    }

    void ReadString() {
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '\n') ++line_;
            if (c == '"') {
                before_ = Before::kTerm;
                return;
            }
            if (c != '\\') continue;
            if (text_[at_] == '(') {
                ++at_;
                levels_.push_back({'s', ""});
                before_ = Before::kOperator;
                return;  // the string goes on at the matching ')'
            }
            ++at_;
        }
        Fail("a string is not closed");
    }

    void ReadVariable() {
        ++at_;
        const std::string name = Word();
        if (name.empty() || name == "ENV" || name.starts_with("__")) {
            Fail("'$" + name + "' is not allowed");
        }
        before_ = Before::kTerm;
    }

    void ReadDot() {
        ++at_;
        if (Peek() == '.') Fail("'..' is not allowed");
        if (Digit(Peek())) Fail("a number must start with a digit");
        before_ = Before::kDot;
        if (!Letter(Peek())) return;
        Word();
        before_ = Before::kTerm;
    }

    bool IsKey() const {
        if (levels_.back().open != '{' || before_ != Before::kOperator || !key_next_) return false;
        return true;
    }

    void ReadWord() {
        const bool key = IsKey();
        const std::string word = Word();
        if (key) {  // {name: ...} or {name}: the latter reads .name
            key_next_ = false;
            before_ = Before::kTerm;
        } else if (word == "def") {
            ReadDef();
        } else if (Keywords().contains(word)) {
            ReadKeyword(word);
        } else {
            CheckFunction(word);
            before_ = Before::kFunction;
            function_ = word;
        }
    }

    void CheckFunction(const std::string& word) {
        const auto recursive = std::any_of(defs_.begin(), defs_.end(),
                                           [&](const Def& def) { return def.name == word; });
        const auto own = std::any_of(scope_.begin(), scope_.end(),
                                     [&](const Scoped& each) { return each.name == word; });
        if (recursive) Fail("'" + word + "' calls itself, and a mapping must end");
        if (own || AllowedFunctions().contains(word)) return;
        const Names& allowed = AllowedFunctions();
        Fail("'" + word + "' is not allowed" +
             DidYouMean(word, std::vector<std::string>(allowed.begin(), allowed.end())));
    }

    void SkipSpace() {
        while (Peek() == ' ' || Peek() == '\n' || Peek() == '\t' || Peek() == '\r') {
            if (Peek() == '\n') ++line_;
            ++at_;
        }
    }

    // def name: body;  or  def name(a; $b): body;
    void ReadDef() {
        SkipSpace();
        Def def{Word(), levels_.size(), scope_.size()};
        if (def.name.empty() || AllowedFunctions().contains(def.name) ||
            Keywords().contains(def.name)) {
            Fail("'def' needs a name of its own");
        }
        SkipSpace();
        if (Peek() == '(') {
            while (at_ < text_.size() && Peek() != ')') {
                ++at_;
                SkipSpace();
                const bool variable = Peek() == '$';
                if (variable) ++at_;
                const std::string name = Word();
                if (name.empty()) Fail("a parameter has no name");
                if (AllowedFunctions().contains(name)) Fail("a parameter hides '" + name + "'");
                scope_.push_back({name, levels_.size()});
                SkipSpace();
                if (Peek() != ';' && Peek() != ')') Fail("a parameter list goes wrong");
                if (!failure_.empty()) return;
            }
            ++at_;
            SkipSpace();
        }
        if (Peek() != ':') Fail("'def " + def.name + "' lacks ':'");
        ++at_;
        defs_.push_back(def);
        before_ = Before::kOperator;
    }

    void ReadKeyword(const std::string& word) {
        before_ = Before::kOperator;
        if (word == "if") {
            levels_.push_back({'i', ""});
        } else if (word == "then" || word == "elif" || word == "else" || word == "end") {
            if (levels_.back().open != 'i') Fail("'" + word + "' without 'if'");
            if (word == "end") Close();
            if (word != "end") Forget(levels_.size());
        }
    }

    // Names of that level and deeper go out of scope.
    void Forget(std::size_t level) {
        while (!scope_.empty() && scope_.back().level >= level) scope_.pop_back();
    }

    void Close() {
        if (!defs_.empty() && defs_.back().level == levels_.size()) Fail("a 'def' lacks its ';'");
        Forget(levels_.size());
        levels_.pop_back();
        before_ = Before::kTerm;
        key_next_ = false;
    }

    void ReadSemicolon() {
        before_ = Before::kOperator;
        if (!defs_.empty() && defs_.back().level == levels_.size()) {
            const Def def = defs_.back();
            defs_.pop_back();
            scope_.resize(def.names_before);
            scope_.push_back({def.name, def.level});
            return;
        }
        if (levels_.back().open != '(') Fail("a ';' is out of place");
        if (levels_.back().caller == "split") Fail("'split' takes a text, not a pattern");
        Forget(levels_.size());
    }

    void ReadSymbol(char c) {
        ++at_;
        switch (c) {
            case '(':
                levels_.push_back({'(', before_ == Before::kFunction ? function_ : ""});
                before_ = Before::kOperator;
                return;
            case '{':
                levels_.push_back({'{', ""});
                before_ = Before::kOperator;
                key_next_ = true;
                return;
            case '[':
                return ReadBracket();
            case ')':
                return ReadClosing('(');
            case ']':
                return ReadClosing('[');
            case '}':
                return ReadClosing('{');
            case ';':
                return ReadSemicolon();
            case '?':
                if (Peek() == '/' && Peek(1) == '/') Fail("'?//' is not allowed");
                before_ = Before::kTerm;
                return;
            default:
                return ReadOperator(c);
        }
    }

    void ReadClosing(char open) {
        if (open == '(' && levels_.back().open == 's') {
            Close();
            return ReadString();
        }
        if (levels_.back().open != open) return Fail("brackets do not match");
        Close();
    }

    // After a term it is an index, which must be a literal; elsewhere it builds an array.
    void ReadBracket() {
        if (before_ == Before::kOperator) {
            levels_.push_back({'[', ""});
            return;
        }
        const std::size_t close = text_.find(']', at_);
        const std::string_view inside = text_.substr(at_, close == text_.npos ? 0 : close - at_);
        const bool number = inside.find_first_not_of("0123456789:- ") == inside.npos;
        const bool text = inside.size() >= 2 && inside.front() == '"' && inside.back() == '"' &&
                          inside.find_first_of("\"\\", 1) == inside.size() - 1;
        if (close == text_.npos || (!number && !text)) {
            return Fail("an index must be a literal; use lookup(table; key)");
        }
        at_ = close + 1;
        before_ = Before::kTerm;
    }

    void ReadOperator(char c) {
        const bool two = Peek() == '=' && (c == '=' || c == '!' || c == '<' || c == '>');
        const bool other = c == '/' && Peek() == '/' && Peek(1) != '=';
        const bool one =
            c == '|' || c == ',' || c == ':' || c == '+' || c == '-' || c == '<' || c == '>';
        if (two || other) {
            ++at_;
        } else if (!one || Peek() == '=') {
            Fail("'" + std::string(1, c) + (Peek() == '=' ? "=" : "") + "' is not allowed");
        }
        before_ = Before::kOperator;
        key_next_ = c == ',' && levels_.back().open == '{';
    }

    const JqSource& source_;
    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::string failure_;
    std::vector<Level> levels_;
    std::vector<Def> defs_;
    std::vector<Scoped> scope_;
    Before before_ = Before::kOperator;
    bool key_next_ = false;
    std::string function_;
};

}  // namespace

Status CheckMapping(const JqSource& source, const JqLimits& limits) {
    return Checker(source, limits).Check();
}

}  // namespace returns::connectors
