#include "gateway/connector_fit.h"

#include "gateway/blind_words.h"
#include "workflows/blind.h"
#include "workflows/wording.h"

#include <algorithm>
#include <array>

namespace returns::gateway {
namespace {

struct Guess {
    std::string_view part;  // of a word, without its separators, in lower case
    EventType type;
};
// The first that fits counts: what goes wrong before what goes well.
constexpr std::array<Guess, 43> kGuesses = {{
    {"undeliver", EventType::kParcelUndeliverable},
    {"returnedsender", EventType::kParcelUndeliverable},
    {"returntosender", EventType::kParcelUndeliverable},
    {"deliveryfailed", EventType::kParcelUndeliverable},
    {"damage", EventType::kParcelDamaged},
    {"destroyedintransit", EventType::kParcelDamaged},
    {"lost", EventType::kParcelLost},
    {"missing", EventType::kParcelLost},
    {"offradar", EventType::kParcelLost},
    {"sentback", EventType::kReturnSentBack},
    {"returnedtocustomer", EventType::kReturnSentBack},
    {"returnedtoconsumer", EventType::kReturnSentBack},
    {"label", EventType::kReturnLabelIssued},
    {"readytosend", EventType::kReturnLabelIssued},
    {"pretransit", EventType::kReturnLabelIssued},
    {"inspect", EventType::kReturnInspected},
    {"graded", EventType::kReturnInspected},
    {"dispos", EventType::kReturnInspected},
    {"restock", EventType::kReturnInspected},
    {"quarantin", EventType::kReturnInspected},
    {"completed", EventType::kReturnInspected},
    {"processed", EventType::kReturnInspected},
    {"qcpass", EventType::kReturnInspected},
    {"qcfail", EventType::kReturnInspected},
    {"processing", EventType::kReturnOpened},
    {"opened", EventType::kReturnOpened},
    {"unpack", EventType::kReturnOpened},
    {"receiving", EventType::kReturnOpened},
    {"outfordelivery", EventType::kParcelScanned},
    {"intransit", EventType::kParcelScanned},
    {"transit", EventType::kParcelScanned},
    {"pickedup", EventType::kParcelScanned},
    {"pickedfrom", EventType::kParcelScanned},
    {"droppedoff", EventType::kParcelScanned},
    {"dropped", EventType::kParcelScanned},
    {"collected", EventType::kParcelScanned},
    {"shipped", EventType::kParcelScanned},
    {"sorted", EventType::kParcelScanned},
    {"scanned", EventType::kParcelScanned},
    {"delivered", EventType::kParcelDelivered},
    {"arrived", EventType::kParcelDelivered},
    {"received", EventType::kParcelDelivered},
    {"atwarehouse", EventType::kParcelDelivered},
}};

struct Field {
    std::string_view part, ours;
    bool needed;
};
constexpr std::array<Field, 14> kFields = {{
    {"tracking", "tracking", false},
    {"rma", "our_reference", true},
    {"reference", "our_reference", true},
    {"externalid", "our_reference", true},
    {"sku", "lines.sku", true},
    {"lineitem", "lines.id", true},
    {"quantity", "lines counts", true},
    {"carrier", "carrier", false},
    {"disposition", "lines.disposition", false},
    {"condition", "lines.grade", false},
    {"grade", "lines.grade", false},
    {"timestamp", "occurred_at", true},
    {"updatedat", "occurred_at", true},
    {"date", "occurred_at", true},
}};

constexpr std::array<std::string_view, 10> kStatusNames = {
    "status", "state", "event", "phase", "topic", "type", "substatus", "result", "action", "code"};
constexpr std::array<std::string_view, 6> kAbout = {"return", "rma",    "inspect",
                                                    "track",  "parcel", "webhook"};
constexpr std::size_t kShownMax = 40;

// Lower case, without what separates words: "In Transit" and "IN_TRANSIT" are one.
std::string Plain(std::string_view word) {
    std::string plain;
    for (const char c : word) {
        if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
    }
    return plain;
}

template <class Parts>
bool HasAny(const std::string& plain, const Parts& parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return plain.find(part) != plain.npos; });
}

bool IsStatusName(std::string_view name) {
    const std::string plain = Plain(name);
    return std::any_of(kStatusNames.begin(), kStatusNames.end(),
                       [&](std::string_view part) { return plain.ends_with(part); });
}

class Reader {
public:
    explicit Reader(Fit& fit) : fit_(fit) {}

    void Read(const Json& paper) {
        if (paper.Find("openapi") == nullptr && paper.Find("swagger") == nullptr)
            return Sample(paper, "");
        fit_.described = true;
        fit_.pushes = fit_.pushes || paper.Find("webhooks") != nullptr;
        for (const auto& [path, item] : paper["paths"].Members()) {
            const std::string plain = Plain(path);
            fit_.pushes = fit_.pushes || plain.find("webhook") != plain.npos ||
                          plain.find("subscription") != plain.npos;
            for (const auto& [method, operation] : item.Members())
                fit_.pushes = fit_.pushes || operation.Find("callbacks") != nullptr;
        }
        for (const Json* schemas : {&paper["components"]["schemas"], &paper["definitions"]})
            for (const auto& [name, schema] : schemas->Members()) Schema(schema, Plain(name));
        // Descriptions that write their bodies where they are used.
        for (const auto& [path, item] : paper["paths"].Members()) Anywhere(item, Plain(path));
        for (const auto& [name, item] : paper["webhooks"].Members()) {
            Word(name);
            Anywhere(item, "webhook" + Plain(name));
        }
    }

private:
    void Anywhere(const Json& value, const std::string& about) {
        if (value.Find("properties") != nullptr) return Schema(value, about);
        for (const auto& [name, member] : value.Members()) Anywhere(member, about);
        for (const Json& item : value.Items()) Anywhere(item, about);
    }

    void Schema(const Json& schema, const std::string& about) {
        const bool ours = HasAny(about, kAbout);
        if (ours && IsStatusName(about)) Enum(schema);
        for (const auto& [name, property] : schema["properties"].Members()) {
            if (!ours) continue;
            Name(name);
            if (IsStatusName(name)) {
                Enum(property);
                Enum(property["items"]);
            }
            Schema(property, about);
            Schema(property["items"], about);
        }
        for (const char* kind : {"allOf", "anyOf", "oneOf"})
            for (const Json& part : schema[kind].Items()) Schema(part, about);
    }

    void Enum(const Json& schema) {
        for (const Json& word : schema["enum"].Items()) Word(word.AsString());
        for (const char* kind : {"allOf", "anyOf", "oneOf"})
            for (const Json& part : schema[kind].Items()) Enum(part);
    }

    void Sample(const Json& value, const std::string& name) {
        for (const Json& item : value.Items()) Sample(item, name);
        for (const auto& [member, inner] : value.Members()) {
            Name(member);
            if (IsStatusName(member)) Word(inner.AsString());
            Sample(inner, member);
        }
    }

    void Name(const std::string& name) {
        const std::string plain = Plain(name);
        if (IsStatusName(name)) {
            fit_.used[name] = "kind of event";
            return;
        }
        const auto* field = std::find_if(kFields.begin(), kFields.end(), [&](const Field& each) {
            // Three letters are found within many words.
            return each.part.size() <= 3
                       ? plain.starts_with(each.part) || plain.ends_with(each.part)
                       : plain.find(each.part) != plain.npos;
        });
        if (field == kFields.end())
            fit_.lost.insert(name);
        else
            fit_.used[name] = field->ours;
    }

    void Word(const std::string& word) {
        if (word.empty() || word.size() > 80) return;
        const std::string plain = Plain(word);
        const auto* guess = std::find_if(kGuesses.begin(), kGuesses.end(), [&](const Guess& each) {
            return plain.find(each.part) != plain.npos;
        });
        if (guess == kGuesses.end())
            fit_.unknown_words.insert(word);
        else
            fit_.told[guess->type].insert(word);
    }

    Fit& fit_;
};

std::set<EventType> TypesOf(const Fit& fit) {
    std::set<EventType> types;
    for (const auto& [type, words] : fit.told) types.insert(type);
    return types;
}

std::string Some(const std::set<std::string>& words) {
    std::string text;
    std::size_t shown = 0;
    for (const std::string& word : words) {
        if (++shown > kShownMax) break;
        text += (text.empty() ? "" : ", ") + word;
    }
    if (words.size() > kShownMax)
        text += " and " + std::to_string(words.size() - kShownMax) + " more";
    return text;
}

template <class Texts>
Json List(const Texts& texts) {
    Json list = Json::Array();
    for (const std::string& text : texts) list.Append(Json::String(text));
    return list;
}

}  // namespace

Fit FitOf(const std::vector<FitPaper>& papers) {
    Fit fit;
    Reader reader(fit);
    for (const FitPaper& paper : papers) reader.Read(paper.json);
    if (!fit.described) fit.pushes = true;  // samples of callbacks are callbacks
    std::set<std::string> found;
    for (const auto& [name, ours] : fit.used) found.insert(ours);
    for (const Field& field : kFields) {
        const std::string ours(field.ours);
        if (field.needed && found.insert(ours).second) fit.missing.push_back(ours);
    }
    return fit;
}

std::string FormatFit(const Fit& fit, const workflows::Rulebook& book) {
    std::string out =
        "All of this is guessed from names and words. Ask the partner, and prove it with callbacks "
        "of theirs: 'backhaul connector try'.\n";
    const auto line = [&out](std::string label, const std::string& text) {
        label.resize(8, ' ');
        out += label + text + "\n";
    };
    line("pushes", fit.pushes ? "yes, it speaks of webhooks or callbacks"
                              : "nothing says so: it would have to be asked again and again");
    for (const auto& [type, words] : fit.told)
        line("tells", std::string(Facts(type).wire) + ", by the words " + Some(words));
    const workflows::BlindMap map = workflows::BlindSpots(*book.newest, TypesOf(fit));
    for (const EventType type : map.untold)
        line("never", std::string(Facts(type).wire) + ": no word of theirs looks like it");
    for (const workflows::BlindTimer& timer : map.timers) line("blind", PlainTimer(timer));
    for (const std::string& ours : fit.missing)
        line("lacks", "no field of theirs looks like our " + ours);
    for (const auto& [name, ours] : fit.used) line("field", name + " looks like our " + ours);
    if (!fit.lost.empty()) line("lost", "fields we have no place for: " + Some(fit.lost));
    if (!fit.unknown_words.empty())
        line("words", "that mean nothing to us yet: " + Some(fit.unknown_words));
    return out;
}

Json FitJson(const Fit& fit, const workflows::Rulebook& book) {
    Json told = Json::Object(), used = Json::Object(), timers = Json::Array();
    for (const auto& [type, words] : fit.told) told.Set(std::string(Facts(type).wire), List(words));
    for (const auto& [name, ours] : fit.used) used.Set(name, Json::String(ours));
    const workflows::BlindMap map = workflows::BlindSpots(*book.newest, TypesOf(fit));
    std::vector<std::string> untold;
    for (const EventType type : map.untold) untold.emplace_back(Facts(type).wire);
    for (const workflows::BlindTimer& timer : map.timers)
        timers.Append(Json::String(PlainTimer(timer)));
    return Json::Object({{"guessed", Json::Bool(true)},
                         {"pushes", Json::Bool(fit.pushes)},
                         {"tells", std::move(told)},
                         {"untold", List(untold)},
                         {"timers", std::move(timers)},
                         {"lacks", List(fit.missing)},
                         {"fields", std::move(used)},
                         {"lost", List(fit.lost)},
                         {"unknown_words", List(fit.unknown_words)}});
}

}  // namespace returns::gateway
