#include "gateway/cli_machine.h"

#include "connectors/connector.h"
#include "gateway/cli_words.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/money_proof.h"
#include "workflows/prove.h"
#include "workflows/verify.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

namespace returns::gateway {
namespace {

using Arguments = std::vector<std::string>;
using Seconds = std::chrono::duration<double>;

constexpr const char* kUsage =
    R"(backhaul machine: what moves goods and money, checked before it runs

  backhaul machine verify FILE|DIR   a machine's structure; of a folder such as workflows/ also the
                                     policy, the calendars and the wording
  backhaul machine verify --money DIR [--connector FOLDER]... [--in-depth] [--store]
                                     proves by search that no refund is paid twice and none is lost
                                     whatever its provider, the network and the bank do; against
                                     the terms of each payment connector, or of those named. About
                                     ten seconds for each. --in-depth lets more happen together, in
                                     some minutes. --store keeps the result in DIR/proofs.json,
                                     where 'serve' looks for it
  backhaul machine graph FILE        draws it as a Mermaid diagram

Exit codes: 0 good, 1 not, 2 bad usage.
)";

int Usage(const std::string& wrong) {
    return Complain(wrong + "; see 'backhaul machine --help'", kBadUsage);
}

Result<workflows::Machine> MachineFrom(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    auto json = ParseJson(text);
    if (!json.ok()) return Invalid("reading " + path + ": " + json.error().text);
    // Only one of the two knows the machine's states.
    auto goods = workflows::Compile(workflows::MachineKind::kReturn, *json);
    if (goods.ok()) return goods;
    auto money = workflows::Compile(workflows::MachineKind::kRefund, *json);
    if (money.ok()) return money;
    const bool refund =
        json->Find("states") != nullptr && (*json)["states"].Find("NOT_DUE") != nullptr;
    return Invalid("reading " + path + ": " + (refund ? money.error().text : goods.error().text));
}

int VerifyFolder(const std::string& folder) {
    const auto files = ReadDefinitionFiles(folder);
    if (!files.ok()) return Complain(files.error().text, kFailed);
    for (const auto& [name, text] : *files) {
        constexpr std::string_view kWording = "wording/";
        if (name.compare(0, kWording.size(), kWording) != 0) continue;
        const std::string language =
            name.substr(kWording.size(), name.rfind('.') - kWording.size());
        const auto definitions = Definitions::Load(*files, language);
        if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
        Print("good  machines, policy, " +
              std::to_string((*definitions)->book().calendars.ids().size()) +
              " calendars, wording '" + language + "'\n");
        return kGood;
    }
    return Complain("loading definitions: no wording in " + folder, kFailed);
}

// Where people watch, the search says what it is at.
class Progress {
public:
    void At(const std::string& what) const {
        if (terminal_) std::fprintf(stderr, "\r\033[K%s ...", what.c_str());
    }
    void Done() const {
        if (terminal_) std::fprintf(stderr, "\r\033[K");
    }

private:
    const bool terminal_ = isatty(STDERR_FILENO) != 0;
};

std::string Thousands(int number) {
    std::string digits = std::to_string(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

void PrintTrace(const workflows::Proof& proof) {
    Print("bad   " + proof.broken + "\n");
    int step = 0;
    for (const std::string& line : proof.trace)
        Print("      " + std::to_string(++step) + ". " + line + "\n");
}

struct Wish {
    std::string folder;
    std::vector<std::string> connectors;
    bool in_depth = false, store = false;
};

// Every act against one provider's terms; "" when one does not hold, else what was searched.
std::string ProveAgainst(const std::string& name, const workflows::ConnectionFacts& provider,
                         const workflows::Rulebook& book, bool in_depth) {
    const Progress progress;
    int states = 0;
    for (const workflows::Act& act : workflows::Acts(provider, in_depth)) {
        progress.At(name + ": " + act.title);
        const auto began = std::chrono::steady_clock::now();
        const workflows::Proof proof =
            workflows::ProveMoney(*book.newest, book.calendars, provider, act.adversary);
        const Seconds took = std::chrono::steady_clock::now() - began;
        progress.Done();
        if (!proof.holds) {
            Print("bad   " + name + ": " + act.title + "\n");
            PrintTrace(proof);
            return "";
        }
        states += proof.states;
        char seconds[16];
        std::snprintf(seconds, sizeof seconds, "%.1f", took.count());
        Print("good  " + name + ": " + act.title + ": " + Thousands(proof.states) + " states, " +
              Thousands(proof.steps) + " steps, " + seconds + " s\n");
    }
    return Thousands(states) + " states";
}

Result<std::vector<std::string>> PaymentFolders(const Wish& wish) {
    if (!wish.connectors.empty()) return wish.connectors;
    std::vector<std::string> folders;
    const std::string all = ShareFolder() + "/connectors/payment";
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(all, error))
        if (entry.is_directory()) folders.push_back(entry.path().string());
    if (folders.empty())
        return Error{Code::kNotFound, "proving money: no payment connector in '" + all +
                                          "'; name one by --connector FOLDER"};
    std::sort(folders.begin(), folders.end());
    return folders;
}

Result<workflows::ConnectionFacts> TermsIn(const std::string& folder, std::string& name) {
    ASSIGN_OR_RETURN(const auto files, ReadConnectorFolder(folder));
    ASSIGN_OR_RETURN(const auto connector, connectors::Connector::Load(files));
    name = connector.manifest().name;
    if (!connector.manifest().payment)
        return Invalid("proving money: " + name + " pays nothing back, it has no 'payment'");
    return ProviderFacts(connector);
}

Status Store(const std::string& folder, const Proofs& made) {
    const std::string path = folder + "/proofs.json";
    std::error_code error;
    std::string before;
    if (std::filesystem::exists(path, error)) {
        ASSIGN_OR_RETURN(before, ReadWholeFile(path));
    }
    ASSIGN_OR_RETURN(const std::string text, WithProofs(before, made));
    std::ofstream file(path + ".new", std::ios::binary);
    file << text;
    file.close();
    if (file) std::filesystem::rename(path + ".new", path, error);
    if (!file || error)
        return Error{Code::kInternal, "keeping proofs: '" + path + "' cannot be written"};
    return {};
}

int ProveFolder(const Wish& wish) {
    const auto files = ReadDefinitionFiles(wish.folder);
    if (!files.ok()) return Complain(files.error().text, kFailed);
    const auto definitions = Definitions::Load(*files, "en");
    if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
    const auto folders = PaymentFolders(wish);
    if (!folders.ok()) return Complain(folders.error().text, kFailed);
    const workflows::Rulebook& book = (*definitions)->book();
    Proofs made;
    for (const std::string& folder : *folders) {
        std::string name;
        const auto provider = TermsIn(folder, name);
        if (!provider.ok()) return Complain(provider.error().text, kFailed);
        const std::string id = ProofId(book.newest->hash, *provider);
        if (made.count(id) != 0) {
            Print("good  " + name + ": the same terms\n");
            continue;
        }
        const std::string searched = ProveAgainst(name, *provider, book, wish.in_depth);
        if (searched.empty()) return kFailed;
        made[id] = name + ": " + searched;
        for (const std::string& bound : workflows::ProofBounds(*provider))
            if (folder == folders->front()) Print("where " + bound + "\n");
    }
    if (!wish.store) return kGood;
    const Status stored = Store(wish.folder, made);
    if (!stored.ok()) return Complain(stored.error().text, kFailed);
    Print("kept  " + wish.folder + "/proofs.json\n");
    return kGood;
}

int Money(const Arguments& words) {
    Wish wish;
    for (std::size_t at = 0; at < words.size(); ++at) {
        if (words[at] == "--in-depth") {
            wish.in_depth = true;
        } else if (words[at] == "--store") {
            wish.store = true;
        } else if (words[at] == "--connector" && at + 1 < words.size()) {
            wish.connectors.push_back(words[++at]);
        } else if (wish.folder.empty() && words[at].compare(0, 2, "--") != 0) {
            wish.folder = words[at];
        } else {
            return Usage("'" + words[at] + "' is not understood here");
        }
    }
    if (wish.folder.empty()) return Usage("machine verify --money takes a folder");
    return ProveFolder(wish);
}

int VerifyOne(const std::string& path) {
    const auto machine = MachineFrom(path);
    if (!machine.ok()) return Complain(machine.error().text, kFailed);
    const auto findings = workflows::Verify(*machine);
    for (const workflows::Finding& finding : findings)
        Print("bad   " + finding.rule + ": " + finding.text + "\n");
    if (!findings.empty()) return kFailed;
    Print("good  " + machine->id + ": " + std::to_string(machine->states.size()) +
          " states; reachable, deterministic, owned, timed, closable; no timer path to money\n");
    return kGood;
}

int Draw(const std::string& path) {
    const auto machine = MachineFrom(path);
    if (!machine.ok()) return Complain(machine.error().text, kFailed);
    Print(workflows::Graph(*machine));
    return kGood;
}

}  // namespace

int RunMachineCommand(const Arguments& arguments) {
    if (arguments == Arguments{"--help"}) {
        Print(kUsage);
        return kGood;
    }
    if (arguments.size() >= 2 && arguments[0] == "verify" && arguments[1] == "--money")
        return Money({arguments.begin() + 2, arguments.end()});
    if (arguments.size() != 2 || (arguments[0] != "verify" && arguments[0] != "graph"))
        return Usage("machine takes 'verify FILE|DIR', 'verify --money DIR' or 'graph FILE'");
    if (arguments[0] == "graph") return Draw(arguments[1]);
    std::error_code ignored;
    if (std::filesystem::is_directory(arguments[1], ignored)) return VerifyFolder(arguments[1]);
    return VerifyOne(arguments[1]);
}

}  // namespace returns::gateway
