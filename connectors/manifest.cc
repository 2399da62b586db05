#include "connectors/manifest.h"

#include "connectors/addresses.h"
#include "connectors/crosswalk.h"
#include "connectors/fields.h"
#include "connectors/manifest_access.h"
#include "schemas/vocabulary.h"

#include <algorithm>
#include <array>

namespace returns::connectors {
namespace {

constexpr std::array<std::string_view, 5> kKinds = {"shop", "logistics", "payment", "desk",
                                                    "notify"};

struct OperationFacts {
    std::string_view name;
    Kind kind;
    bool reads, money;
};
constexpr std::array<OperationFacts, 19> kOperations = {{
    {"return.create", Kind::kLogistics, false, false},
    {"return.cancel", Kind::kLogistics, false, false},
    {"return.lookup", Kind::kLogistics, true, false},
    {"return.prepare", Kind::kLogistics, true, false},
    {"return.status", Kind::kLogistics, true, false},
    {"return.list", Kind::kLogistics, true, false},
    {"return.subscribe", Kind::kLogistics, false, false},
    {"label.create", Kind::kLogistics, false, false},
    {"label.refuse", Kind::kLogistics, false, false},
    {"label.lookup", Kind::kLogistics, true, false},
    {"refund.create", Kind::kPayment, false, true},
    {"refund.lookup", Kind::kPayment, true, false},
    {"refund.list", Kind::kPayment, true, false},
    {"ticket.create", Kind::kDesk, false, false},
    {"ticket.comment", Kind::kDesk, false, false},
    {"ticket.resolve", Kind::kDesk, false, false},
    {"ticket.lookup", Kind::kDesk, true, false},
    {"shop.refund_requested", Kind::kShop, false, true},
    {"order.lookup", Kind::kShop, true, false},
}};

// The mapping files a manifest names, each once.
void Note(std::vector<std::string>& mappings, const std::string& file) {
    if (file.empty() || file == "identity") return;
    if (std::find(mappings.begin(), mappings.end(), file) == mappings.end()) {
        mappings.push_back(file);
    }
}

void ReadCrosswalk(Fields& fields, SettingDeclaration& setting) {
    setting.codes = fields.Text("codes");
    setting.number = fields.Choice("theirs", {"text", "number"}, 0) == 1;
    setting.both_ways = fields.Flag("both_ways");
    const bool known = std::find(std::begin(kCodeKinds), std::end(kCodeKinds), setting.codes) !=
                       std::end(kCodeKinds);
    if (setting.codes.empty()) {
        if (setting.number || setting.both_ways)
            fields.Fail("'theirs' and 'both_ways' want 'codes'");
        return;
    }
    if (!known) fields.Fail("'codes' must be one of sku, reason, warehouse, item_class");
    if (setting.form != SettingDeclaration::Form::kTable)
        fields.Fail("what translates codes must be a table");
}

Status ReadSettings(const Json& list, const std::string& where, Manifest& manifest) {
    for (const auto& [name, value] : list.Members()) {
        Fields fields(value, where + ".settings." + name);
        SettingDeclaration setting;
        setting.form = static_cast<SettingDeclaration::Form>(
            fields.Choice("form", {"text", "number", "flag", "table"}, 0));
        setting.required = fields.Flag("required");
        setting.secret = fields.Flag("secret");
        ReadCrosswalk(fields, setting);
        setting.fallback = fields.Any("default");
        setting.sentence = fields.NeededText("sentence");
        if (setting.secret && setting.form != SettingDeclaration::Form::kText) {
            fields.Fail("a secret must be a text");
        }
        if (setting.required && !setting.fallback.IsNull()) {
            fields.Fail("what has a default cannot be required");
        }
        RETURN_IF_ERROR(fields.Done());
        manifest.settings.emplace(name, std::move(setting));
    }
    return {};
}

// 409, "2xx" or "500-599".
bool ReadStatuses(const Json& value, AnswerRule& rule) {
    if (const auto number = value.AsInt(); number.ok()) {
        rule.status_min = rule.status_max = static_cast<int>(*number);
        return *number >= 100 && *number <= 599;
    }
    const std::string& text = value.AsString();
    if (text.size() != 3 || text[0] < '1' || text[0] > '5' || text.substr(1) != "xx") return false;
    rule.status_min = (text[0] - '0') * 100;
    rule.status_max = rule.status_min + 99;
    return true;
}

Status ReadAnswers(const Json& list, const std::string& where, Operation& operation) {
    if (!list.IsNull() && !list.IsArray()) return Invalid(where + ".answers: must be a list");
    for (const Json& item : list.Items()) {
        Fields fields(item, where + ".answers");
        AnswerRule rule;
        if (!ReadStatuses(fields.Any("status"), rule)) {
            fields.Fail("'status' must be a number such as 409 or a class such as '2xx'");
        }
        rule.kind = static_cast<OutcomeKind>(
            fields.Choice("outcome", {"done", "refused", "not_done", "in_doubt"}, -1));
        rule.answer = fields.Text("answer");
        rule.reason = fields.Text("reason");
        rule.retry_key = fields.Flag("retry_key");
        const bool done = rule.kind == OutcomeKind::kDone;
        if (done != rule.reason.empty()) fields.Fail("'reason' goes with what is not done");
        if (!done && !rule.answer.empty()) fields.Fail("'answer' goes with what is done");
        if (rule.retry_key && rule.kind != OutcomeKind::kRefused) {
            fields.Fail("'retry_key' needs a definite refusal");
        }
        RETURN_IF_ERROR(fields.Done());
        operation.answers.push_back(std::move(rule));
    }
    return {};
}

Status ReadOperation(const Json& value, const std::string& where, const OperationFacts& facts,
                     Manifest& manifest) {
    const std::string name(facts.name);
    Fields fields(value, where + ".operations." + name);
    Operation operation;
    operation.name = name;
    operation.reads = facts.reads;
    operation.money = facts.money;
    if (manifest.transport == Transport::kKafka) {
        operation.topic = fields.NeededText("topic");
    } else {
        operation.method = fields.NeededText("method");
        operation.path = fields.NeededText("path");
        operation.body = static_cast<BodyForm>(fields.Choice("body", {"none", "json", "form"}, 0));
        for (const auto& [header, text] : fields.Object("headers").Members()) {
            operation.headers.emplace_back(header, text.AsString());
        }
        operation.key_header = fields.Text("key_header");
        operation.total_timeout_ms =
            static_cast<int>(fields.Number("timeout_ms", 15'000, 100, 25'000));
        operation.reply = fields.Text("reply");
        operation.lookup = fields.Text("lookup");
        operation.first = fields.Text("first");
        RETURN_IF_ERROR(ReadAnswers(fields.Any("answers"), fields.where(), operation));
        if (!operation.path.starts_with("/")) fields.Fail("'path' must start with '/'");
        if (operation.method != "GET" && operation.method != "POST" && operation.method != "PUT" &&
            operation.method != "PATCH" && operation.method != "DELETE") {
            fields.Fail("'method' must be GET, POST, PUT, PATCH or DELETE");
        }
    }
    operation.request = fields.Text("request");
    if (operation.body != BodyForm::kNone && operation.request.empty()) {
        fields.Fail("'body' needs 'request', the mapping that makes it");
    }
    if (operation.money && !operation.topic.empty() && operation.request.empty()) {
        fields.Fail("'request' is missing");
    }
    Note(manifest.mappings, operation.request);
    Note(manifest.mappings, operation.reply);
    RETURN_IF_ERROR(fields.Done());
    manifest.operations.emplace(name, std::move(operation));
    return {};
}

Status ReadOperations(const Json& list, const std::string& where, Manifest& manifest) {
    std::vector<std::string> known = {"check"};
    for (const OperationFacts& facts : kOperations) {
        if (facts.kind == manifest.kind) known.emplace_back(facts.name);
    }
    for (const auto& entry : list.Members()) {
        const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
        const auto& value = entry.second;
        if (name == "check") {  // whatever the kind: are we let in?
            RETURN_IF_ERROR(
                ReadOperation(value, where, {name, manifest.kind, true, false}, manifest));
            continue;
        }
        const auto facts = std::find_if(kOperations.begin(), kOperations.end(), [&](const auto& f) {
            return f.name == name && f.kind == manifest.kind;
        });
        if (facts == kOperations.end()) {
            return Invalid(where + ".operations: unknown operation '" + name + "'" +
                           DidYouMean(name, known));
        }
        RETURN_IF_ERROR(ReadOperation(value, where, *facts, manifest));
    }
    const auto reads = [&](const std::string& name) {
        const auto found = manifest.operations.find(name);
        return name.empty() || (found != manifest.operations.end() && found->second.reads);
    };
    for (const auto& [name, operation] : manifest.operations) {
        if (!reads(operation.lookup))
            return Invalid(where + ".operations." + name + ": 'lookup' names no look-up here");
        if (!reads(operation.first) || (operation.reads && !operation.first.empty()))
            return Invalid(where + ".operations." + name +
                           ": 'first' names no look-up here, or goes before one");
    }
    return {};
}

Status ReadWay(Fields& fields, const Manifest& manifest, CallbackWay& way) {
    Result<SignatureRecipe> recipe = SignatureRecipe::Load(fields.Object("signature"));
    if (!recipe.ok()) return Invalid(fields.where() + ": " + recipe.error().text);
    way.recipe = std::move(*recipe);
    way.name = fields.Text("name");
    way.keys = fields.Text("keys");
    const bool fetched = way.recipe.fetches_keys() && !way.recipe.fetches_certificates();
    if (way.recipe.authenticates() && !fetched) NeedSecret(manifest, way.keys, fields);
    if (fetched && !way.keys.empty()) fields.Fail("'keys' are fetched");
    return {};
}

Status ReadOtherWays(Fields& fields, const Manifest& manifest, CallbackProfile& callbacks) {
    for (const Json& item : fields.Any("also").Items()) {
        Fields others(item, fields.where() + ".also");
        CallbackWay way;
        RETURN_IF_ERROR(ReadWay(others, manifest, way));
        RETURN_IF_ERROR(others.Done());
        for (int i = 0; i < callbacks.ways(); ++i) {
            if (way.name == callbacks.NameOf(i)) fields.Fail("each way has a name of its own");
        }
        if (way.recipe.unwraps() || callbacks.recipe.unwraps()) {
            fields.Fail("ways that map something else than the body stand alone");
        }
        if (!way.recipe.authenticates() || !callbacks.recipe.authenticates()) {
            fields.Fail("beside 'none' every other way is worth nothing");
        }
        if (way.recipe.fetches_keys()) fields.Fail("only the way to prefer may fetch keys");
        callbacks.also.push_back(std::move(way));
    }
    return {};
}

// A setting of ours that holds plain text; it must say something by itself or be required.
void NeedText(const Manifest& manifest, const std::string& name, Fields& fields) {
    const auto found = manifest.settings.find(name);
    const bool good = found != manifest.settings.end() && !found->second.secret &&
                      found->second.form == SettingDeclaration::Form::kText &&
                      (found->second.required || found->second.fallback.IsString());
    if (!good) fields.Fail("'" + name + "' is not a text setting with a default or required");
}

bool KnownWay(const CallbackProfile& callbacks, const std::string& name) {
    if (name == "any") return true;
    for (int i = 0; i < callbacks.ways(); ++i) {
        if (name == callbacks.NameOf(i)) return true;
    }
    return false;
}

Status ReadCallbacks(const Json& value, const std::string& where, Manifest& manifest) {
    if (value.IsNull()) return {};
    Fields fields(value, where + ".callbacks");
    CallbackProfile callbacks;
    CallbackWay first;
    RETURN_IF_ERROR(ReadWay(fields, manifest, first));
    callbacks.recipe = std::move(first.recipe);
    callbacks.keys = std::move(first.keys);
    callbacks.name = std::move(first.name);
    RETURN_IF_ERROR(ReadOtherWays(fields, manifest, callbacks));
    callbacks.choice = fields.Text("choice");
    callbacks.from = fields.Text("from");
    callbacks.key_set_url = fields.Text("key_set_url");
    callbacks.mapping = fields.NeededText("mapping");
    callbacks.tells = fields.Texts("tells");
    callbacks.test_prefix = fields.Text("test_prefix");
    callbacks.our_key = fields.Flag("our_key");
    if ((callbacks.mapping == "identity") == callbacks.tells.empty()) {
        fields.Fail("'tells', the types that may be said, goes with the mapping 'identity'");
    }
    for (const std::string& type : callbacks.tells) {
        const auto known = FindEventType(type);
        if (!known || Facts(*known).ours) fields.Fail("'" + type + "' is not a type others say");
    }
    if (!callbacks.choice.empty()) NeedText(manifest, callbacks.choice, fields);
    if (!callbacks.from.empty()) NeedText(manifest, callbacks.from, fields);
    if (callbacks.recipe.fetches_keys()) NeedText(manifest, callbacks.key_set_url, fields);
    if (!callbacks.recipe.fetches_keys() && !callbacks.key_set_url.empty()) {
        fields.Fail("'key_set_url' goes with fetched keys");
    }
    Note(manifest.mappings, callbacks.mapping);
    RETURN_IF_ERROR(fields.Done());
    manifest.callbacks = std::move(callbacks);
    return {};
}

Status ReadPayment(const Json& value, const std::string& where, Manifest& manifest) {
    const bool payment = manifest.kind == Kind::kPayment;
    if (value.IsNull() != !payment) {
        return Invalid(where + ": 'payment' belongs to payment connectors, and to each of them");
    }
    if (!payment) return {};
    ASSIGN_OR_RETURN(manifest.payment, ReadPaymentProfile(value, where, manifest));
    return {};
}

std::vector<std::string> TypesOfOthers() {
    std::vector<std::string> wires;
    for (const EventTypeFacts& facts : EventTypes())
        if (!facts.ours) wires.emplace_back(facts.wire);
    return wires;
}

Status ReadHead(Fields& fields, Manifest& manifest) {
    manifest.name = fields.NeededText("name");
    const std::string kind = manifest.name.substr(0, manifest.name.find('/'));
    const auto place = std::find(kKinds.begin(), kKinds.end(), kind);
    if (place == kKinds.end() || kind.size() + 1 >= manifest.name.size()) {
        return Invalid(fields.where() +
                       ": 'name' must be kind/name, with kind shop, logistics, payment, desk or "
                       "notify");
    }
    manifest.kind = static_cast<Kind>(place - kKinds.begin());
    manifest.title = fields.NeededText("title");
    manifest.version = fields.NeededText("version");
    const int proven = fields.Choice("proven_on", {"contract", "vendor sandbox", "production"}, -1);
    manifest.proven_on =
        std::array{"contract", "vendor sandbox", "production"}[static_cast<std::size_t>(proven)];
    manifest.transport =
        static_cast<Transport>(fields.Choice("transport", {"http", "kafka", "file"}, 0));
    manifest.base_url_optional = fields.Flag("base_url_optional");
    manifest.announces = fields.Choice("announces", {"returns", "none"}, 0) == 0;
    manifest.records = fields.Text("records");
    Note(manifest.mappings, manifest.records);
    manifest.rate_per_minute = static_cast<int>(fields.Number("rate_per_minute", 0, 0, 1'000'000));
    RETURN_IF_ERROR(ReadRates(fields.Object("rates"), fields.where(), manifest));
    manifest.cannot_tell = fields.Texts("cannot_tell");
    for (const std::string& wire : fields.Texts("can_tell")) {
        const auto type = FindEventType(wire);
        if (!type || Facts(*type).ours) {
            return Invalid(fields.where() + ": can_tell: '" + wire +
                           "' is not a type others may send" + DidYouMean(wire, TypesOfOthers()));
        }
        manifest.can_tell.push_back(*type);
    }
    return {};
}

Status CheckSetting(const std::string& name, const SettingDeclaration& setting, const Json& value) {
    using Form = SettingDeclaration::Form;
    const bool list = setting.secret && value.IsArray() && !value.Items().empty() &&
                      std::all_of(value.Items().begin(), value.Items().end(),
                                  [](const Json& item) { return !item.AsString().empty(); });
    const bool fits = (setting.form == Form::kText && !value.AsString().empty()) || list ||
                      (setting.form == Form::kNumber && value.AsInt().ok()) ||
                      (setting.form == Form::kFlag && value.IsBool()) ||
                      (setting.form == Form::kTable && value.IsObject());
    constexpr std::array<std::string_view, 4> kForms = {"a text", "a whole number", "true or false",
                                                        "a table"};
    if (fits) return {};
    return Invalid("checking settings: '" + name + "' must be " +
                   std::string(kForms[static_cast<std::size_t>(setting.form)]));
}

// One that tries out and one that counts: nobody could tell which was meant.
Status CheckTestKeys(const Manifest& manifest, const Json& settings) {
    if (!manifest.callbacks || manifest.callbacks->test_prefix.empty()) return {};
    const std::string &name = manifest.callbacks->keys, &prefix = manifest.callbacks->test_prefix;
    std::vector<std::string> real, tests;
    for (const Json& item : settings[name].Items()) {
        const std::string& key = item.AsString();
        if (key.starts_with(prefix))
            tests.push_back(key.substr(prefix.size()));
        else
            real.push_back(key);
    }
    for (const std::string& key : tests)
        if (std::find(real.begin(), real.end(), key) != real.end())
            return Invalid("checking settings: '" + name + "' has a key with and without " +
                           prefix + "; make the test key another one");
    return {};
}

}  // namespace

const SignatureRecipe& CallbackProfile::RecipeOf(int way) const {
    return way == 0 ? recipe : also[static_cast<std::size_t>(way) - 1].recipe;
}
const std::string& CallbackProfile::KeysOf(int way) const {
    return way == 0 ? keys : also[static_cast<std::size_t>(way) - 1].keys;
}
const std::string& CallbackProfile::NameOf(int way) const {
    return way == 0 ? name : also[static_cast<std::size_t>(way) - 1].name;
}

std::string_view Name(OutcomeKind kind) {
    constexpr std::array<std::string_view, 4> kNames = {"done", "refused", "not_done", "in_doubt"};
    return kNames[static_cast<std::size_t>(kind)];
}

Result<Manifest> ReadManifest(const Json& value) {
    const std::string where = "reading connector.json";
    Fields fields(value, where);
    Manifest manifest;
    RETURN_IF_ERROR(ReadHead(fields, manifest));
    RETURN_IF_ERROR(ReadSettings(fields.Object("settings"), where, manifest));
    RETURN_IF_ERROR(ReadAuthentication(fields.Object("auth"), where, manifest));
    RETURN_IF_ERROR(ReadOperations(fields.Object("operations"), where, manifest));
    RETURN_IF_ERROR(ReadCallbacks(fields.Object("callbacks"), where, manifest));
    RETURN_IF_ERROR(ReadPayment(fields.Object("payment"), where, manifest));
    RETURN_IF_ERROR(ReadPolling(fields, where, manifest));
    RETURN_IF_ERROR(fields.Done());
    const bool creates = manifest.operations.contains("return.create");
    if (manifest.kind == Kind::kLogistics && creates != manifest.announces)
        return Invalid(where + (creates ? ": 'announces' is none, and there is return.create"
                                        : ": without return.create they never hear of a return "
                                          "from us; say so with \"announces\": \"none\""));
    return manifest;
}

const std::string& TextSetting(const Manifest& manifest, const std::string& name,
                               const Json& settings) {
    static const std::string nothing;
    const auto declared = manifest.settings.find(name);
    if (declared == manifest.settings.end()) return nothing;
    const Json* given = settings.Find(name);
    return (given == nullptr ? declared->second.fallback : *given).AsString();
}

Status CheckSettings(const Manifest& manifest, const Json& settings) {
    std::vector<std::string> known;
    for (const auto& [name, setting] : manifest.settings) {
        known.push_back(name);
        const Json* value = settings.Find(name);
        if (value == nullptr && setting.required) {
            return Invalid("checking settings: '" + name + "' is missing: " + setting.sentence);
        }
        if (value != nullptr) RETURN_IF_ERROR(CheckSetting(name, setting, *value));
    }
    if (manifest.callbacks && !manifest.callbacks->choice.empty()) {
        const std::string& choice = manifest.callbacks->choice;
        const std::string& way = TextSetting(manifest, choice, settings);
        if (!KnownWay(*manifest.callbacks, way)) {
            return Invalid("checking settings: '" + choice + "' names no way of " + manifest.name +
                           " to sign callbacks: '" + way + "'");
        }
    }
    if (manifest.callbacks && !manifest.callbacks->from.empty()) {
        const std::string& from = manifest.callbacks->from;
        const Status networks = CheckNetworks(TextSetting(manifest, from, settings));
        if (!networks.ok())
            return Invalid("checking settings: '" + from + "': " + networks.error().text);
    }
    for (const auto& [name, value] : settings.Members()) {
        if (manifest.settings.contains(name)) continue;
        return Invalid("checking settings: unknown setting '" + name + "' of " + manifest.name +
                       DidYouMean(name, known));
    }
    return CheckTestKeys(manifest, settings);
}

}  // namespace returns::connectors
