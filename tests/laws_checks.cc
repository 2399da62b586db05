#include "tests/laws_checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace returns::laws {

namespace {

constexpr int kFileLinesMax = 500;
constexpr int kHeaderLinesMax = 150;
constexpr int kFunctionLinesMax = 70;
constexpr int kColumnsMax = 100;

using Words = std::vector<std::string_view>;

bool Contains(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool StartsWithAny(std::string_view text, const Words& starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [&](std::string_view start) { return text.starts_with(start); });
}

// A third-party library and the sources that may see it, as starts of paths. No product header
// sees any.
struct Library {
    Words headers;
    Words places;
};
const std::vector<Library>& Libraries() {
    static const std::vector<Library> libraries = {
        {{"rapidjson/"}, {"schemas/json.cc"}},
        {{"openssl/"}, {"connectors/crypto.cc", "connectors/crypto_keys.cc"}},
        {{"utf8proc.h"}, {"connectors/unicode.cc"}},
        {{"jq.h", "jv.h"}, {"connectors/jq.cc"}},
        {{"librdkafka/"}, {"gateway/kafka_bus"}},
        {{"sqlite3.h"}, {"gateway/sqlite_store"}},
        {{"libpq-fe.h"}, {"gateway/postgres_store"}},
        {{"ctemplate/"}, {"gateway/pages"}},
        {{"Poco/", "prometheus/"}, {"gateway/"}},
        {{"gtest/", "gmock/", "rapidcheck", "benchmark/"}, {}},
    };
    return libraries;
}

// Parts of the allowed libraries that have bitten others, each with something better here: its HTTP
// (http_door, http_client), readers of mail and forms, tokens without a look at their end, database
// access that takes a lost connection for a commit, a logger that crashes at exit.
const Words kRefusedParts = {"Poco/Net/HTTP",        "Poco/Net/HTMLForm", "Poco/Net/Multipart",
                             "Poco/Net/MailMessage", "Poco/JWT/",         "Poco/Crypto/",
                             "Poco/Data/",           "Poco/Logger.h",     "Poco/AsyncChannel.h"};

const Words kSystemHeaders = {"sys/",     "unistd.h",  "fcntl.h",  "signal.h", "poll.h",
                              "netinet/", "arpa/",     "dirent.h", "spawn.h",  "netdb.h",
                              "malloc.h", "termios.h", "pthread.h"};
const Words kImpureStdHeaders = {"thread",     "mutex",     "shared_mutex", "condition_variable",
                                 "future",     "random",    "fstream",      "iostream",
                                 "filesystem", "barrier",   "latch",        "semaphore",
                                 "stop_token", "syncstream"};

const Words kThreadWords = {"std::thread",
                            "std::jthread",
                            "std::mutex",
                            "std::shared_mutex",
                            "std::recursive_mutex",
                            "std::condition_variable",
                            "std::condition_variable_any",
                            "std::async",
                            "std::future",
                            "std::promise",
                            "std::lock_guard",
                            "std::unique_lock",
                            "std::scoped_lock",
                            "std::counting_semaphore",
                            "std::binary_semaphore",
                            "std::latch",
                            "std::barrier",
                            "this_thread",
                            "Poco::Thread",
                            "Poco::Mutex",
                            "Poco::FastMutex",
                            "Poco::Event",
                            "Poco::Condition",
                            "sleep(",
                            "usleep(",
                            "nanosleep(",
                            "sleep_for(",
                            "sleep_until(",
                            "poll(",
                            "epoll_wait(",
                            "select("};
const Words kWorldWords = {"system_clock",  "steady_clock",   "high_resolution_clock",
                           "utc_clock",     "clock_gettime(", "gettimeofday(",
                           "std::time(",    "time(nullptr",   "time(NULL",
                           "time(0",        "localtime(",     "localtime_r(",
                           "mktime(",       "std::clock(",    "rand(",
                           "srand(",        "::random(",      "random_device",
                           "mt19937",       "mt19937_64",     "RAND_bytes",
                           "socket(",       "fopen(",         "fread(",
                           "fwrite(",       "open(",          "std::ifstream",
                           "std::ofstream", "std::fstream",   "std::filesystem",
                           "std::cout",     "std::cerr",      "std::clog",
                           "std::cin",      "printf(",        "fprintf(",
                           "puts(",         "fputs(",         "putchar(",
                           "perror(",       "syslog(",        "getenv(",
                           "setenv(",       "putenv(",        "system(",
                           "popen(",        "fork(",          "exit(",
                           "quick_exit(",   "abort("};

// CHECK must be able to say why it stops the process.
const std::map<std::string_view, Words> kMayCall = {{"schemas/check.cc", {"fprintf(", "abort("}}};

// The composition root and the adapters: where threads live and something may wait.
const Words kThreadPlaces = {"gateway/app.",      "gateway/app_readers.", "gateway/app_threads.",
                             "gateway/http_door", "gateway/http_client",  "gateway/kafka_bus"};

void FindAll(const SourceFile& file, const Words& words, std::string_view why, Violations& found) {
    const auto may = kMayCall.find(file.path);
    for (const auto word : words) {
        if (may != kMayCall.end() && Contains(may->second, word)) continue;
        for (const auto at : FindWord(file.code, word)) {
            found.push_back({LineAt(file.code, at), std::string(word) + ": " + std::string(why)});
        }
    }
}

std::vector<std::string> CamelWords(std::string_view name) {
    std::vector<std::string> words;
    for (const char c : name) {
        if (c == '_') continue;
        if (words.empty() || std::isupper(static_cast<unsigned char>(c)) != 0) words.emplace_back();
        words.back() += c;
    }
    return words;
}

std::string_view NextName(std::string_view code) {
    const auto first = code.find_first_not_of(" \n");
    if (first == std::string_view::npos) return {};
    code.remove_prefix(first);
    const auto end = std::find_if(code.begin(), code.end(),
                                  [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; });
    return code.substr(0, static_cast<std::size_t>(end - code.begin()));
}

const Words kBannedNames = {"Manager", "Managers", "Helper",    "Helpers",    "Util", "Utils",
                            "Handler", "Handlers", "Processor", "Processors", "Data", "Info",
                            "Infos",   "Impl",     "Base",      "Common"};

bool IsBannedName(std::string_view name) {
    if (name == "EventData" || name == "BaseUrl") return false;  // the field says "base URL"
    const auto words = CamelWords(name);
    return std::any_of(words.begin(), words.end(),
                       [](const std::string& word) { return Contains(kBannedNames, word); });
}

}  // namespace

Violations IncludeArrows(const SourceFile& file) {
    static const std::map<std::string_view, Words> arrows = {
        {"schemas", {"schemas"}},
        {"workflows", {"workflows", "schemas"}},
        {"connectors", {"connectors", "schemas"}},
        {"gateway", {"gateway", "workflows", "connectors", "schemas"}},
        {"tests", {"tests", "gateway", "workflows", "connectors", "schemas"}}};
    Violations found;
    const auto allowed = arrows.find(file.Folder());
    if (!file.IsCode() || allowed == arrows.end()) return found;
    for (const auto& include : Includes(file)) {
        if (!include.quoted) continue;
        const auto to = include.target.substr(0, include.target.find('/'));
        if (Contains(allowed->second, to)) continue;
        found.push_back({include.line, "includes \"" + include.target + "\": " +
                                           std::string(file.Folder()) + " may not see it"});
    }
    return found;
}

Violations ThirdPartyHeaders(const SourceFile& file) {
    Violations found;
    if (!file.IsProduct()) return found;
    for (const auto& include : Includes(file)) {
        if (include.quoted) continue;
        const auto& target = include.target;
        const bool system = StartsWithAny(target, kSystemHeaders);
        if (target.find_first_of("./") == std::string::npos ||
            (system && file.Folder() == "gateway")) {
            continue;
        }
        const auto library =
            std::find_if(Libraries().begin(), Libraries().end(),
                         [&](const Library& one) { return StartsWithAny(target, one.headers); });
        if (library != Libraries().end() && file.Is(".cc") &&
            StartsWithAny(file.path, library->places)) {
            continue;
        }
        found.push_back({include.line, "includes <" + target + ">: not in this file"});
    }
    return found;
}

Violations BannedCalls(const SourceFile& file) {
    Violations found;
    if (!file.IsPure()) return found;
    for (const auto& include : Includes(file)) {
        if (!include.quoted && Contains(kImpureStdHeaders, include.target)) {
            found.push_back({include.line, "includes <" + include.target + ">: below gateway/"});
        }
    }
    FindAll(file, kWorldWords, "only gateway/ touches the world", found);
    FindAll(file, kThreadWords, "only gateway/ has threads", found);
    return found;
}

Violations ThreadsAndWaiting(const SourceFile& file) {
    Violations found;
    if (file.Folder() != "gateway" || !file.IsCode()) return found;
    if (StartsWithAny(file.path, kThreadPlaces)) return found;
    FindAll(file, kThreadWords, "threads and waiting live in app.cc and the adapters", found);
    return found;
}

Violations RefusedParts(const SourceFile& file) {
    Violations found;
    if (!file.IsProduct()) return found;
    for (const auto& include : Includes(file)) {
        if (StartsWithAny(include.target, kRefusedParts))
            found.push_back({include.line, "includes <" + include.target + ">: not used here"});
    }
    return found;
}

Violations FileLength(const SourceFile& file) {
    if (!file.IsCode()) return {};
    const int lines = static_cast<int>(Lines(file.text).size());
    const int most = file.Is(".h") ? kHeaderLinesMax : kFileLinesMax;
    if (lines <= most) return {};
    return {{lines, std::to_string(lines) + " lines, at most " + std::to_string(most)}};
}

Violations FunctionLength(const SourceFile& file) {
    Violations found;
    if (!file.IsProduct()) return found;
    for (const auto& function : Functions(file)) {
        if (function.lines <= kFunctionLinesMax) continue;
        found.push_back({function.line, function.head + ": " + std::to_string(function.lines) +
                                            " lines, at most " +
                                            std::to_string(kFunctionLinesMax)});
    }
    return found;
}

Violations LineLength(const SourceFile& file) {
    Violations found;
    if (!file.IsCode()) return found;
    int number = 0;
    for (const auto line : Lines(file.text)) {
        ++number;
        const auto columns = std::count_if(line.begin(), line.end(), [](unsigned char c) {
            return (c & 0xC0U) != 0x80U;  // not the rest of a UTF-8 character
        });
        if (columns > kColumnsMax) {
            found.push_back({number, std::to_string(columns) + " columns"});
        }
    }
    return found;
}

Violations TypeNames(const SourceFile& file) {
    Violations found;
    if (!file.IsProduct()) return found;
    for (const auto* word : {"class", "struct", "enum", "union", "using"}) {
        for (const auto at : FindWord(file.code, word)) {
            const auto name =
                NextName(std::string_view(file.code).substr(at + NextName(word).size()));
            if (!IsBannedName(name)) continue;
            found.push_back({LineAt(file.code, at), std::string(name) + ": find the field's word"});
        }
    }
    std::string camel = "_" + std::string(file.Stem());
    for (std::size_t i = 1; i < camel.size(); ++i) {
        if (camel[i - 1] == '_') {
            camel[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(camel[i])));
        }
    }
    if (IsBannedName(camel) && camel != "_Event_Data") {
        found.push_back({1, "file name " + file.path + ": find the field's word"});
    }
    return found;
}

Violations Ownership(const SourceFile& file) {
    Violations found;
    if (!file.IsPure()) return found;
    FindAll(file, {"shared_ptr", "make_shared", "weak_ptr"}, "values and unique_ptr here", found);
    return found;
}

Violations PragmaOnce(const SourceFile& file) {
    if (!file.Is(".h")) return {};
    for (const auto line : Lines(file.text)) {
        if (line.empty() || line.starts_with("//")) continue;
        if (line == "#pragma once") return {};
        break;
    }
    return {{1, "the first line after the comment is not #pragma once"}};
}

// Providers are data: the engine knows them by their profile alone, and may follow no name. As an
// example a connector's folder may be named.
Violations ProviderNames(const SourceFile& file) {
    Violations found;
    const bool data = file.Folder() == "workflows" && file.Is(".json");
    if (!file.IsProduct() && !data) return found;
    std::string text = file.text;
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view name : {"stripe", "adyen", "paypal"}) {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
            const std::string_view folder = "payment/";
            const bool example = std::string_view(text).substr(0, at).ends_with(folder);
            if (!example)
                found.push_back({LineAt(text, at), std::string(name) + ": a provider's name"});
        }
    }
    return found;
}

Violations MachinePaths(const SourceFile& file) {
    // Written apart, so that this file obeys its own law.
    static const std::array<std::string, 3> places = {
        "/"
        "work/",
        "/"
        "home/",
        "/"
        "root/"};
    Violations found;
    for (const auto& place : places) {
        for (auto at = file.text.find(place); at != std::string::npos;
             at = file.text.find(place, at + 1)) {
            const char before = at == 0 ? ' ' : file.text[at - 1];
            if (std::isalnum(static_cast<unsigned char>(before)) != 0 || before == '}') continue;
            found.push_back({LineAt(file.text, at), place + ": a path of one machine"});
        }
    }
    const std::string outside =
        ".."
        "/shared";
    if (file.path != ".ci/run" && file.text.find(outside) != std::string::npos) {
        found.push_back(
            {LineAt(file.text, file.text.find(outside)), outside + ": not in the tree"});
    }
    return found;
}

Violations UnfinishedMarks(const SourceFile& file) {
    static const std::array<std::string, 3> marks = {
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X"};
    Violations found;
    for (const auto& mark : marks) {
        for (const auto at : FindWord(file.text, mark)) {
            if (at > 0 && file.text[at - 1] == '"') continue;  // "no currency" in ISO 4217
            found.push_back({LineAt(file.text, at), mark + ": finish it or leave it out"});
        }
    }
    return found;
}

}  // namespace returns::laws
