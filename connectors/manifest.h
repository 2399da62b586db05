// A connector's manifest (connector.json), read strictly. README.md has the table of its keys.
// Values; any thread.
#pragma once

#include "connectors/payment_profile.h"
#include "connectors/signature.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"
#include "schemas/vocabulary.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::connectors {

enum class Kind { kShop, kLogistics, kPayment, kDesk, kNotify };
enum class Transport { kHttp, kKafka, kFile };

struct SettingDeclaration {
    enum class Form { kText, kNumber, kFlag, kTable } form = Form::kText;
    bool required = false;
    bool secret = false;  // never reaches a mapping; a list of texts where several are active
    std::string codes;    // a table that translates these codes of ours, see crosswalk.h; "": not
    bool number = false;  // of such a table: theirs are whole numbers
    bool both_ways = false;  // and theirs come back as ours
    Json fallback;           // null: none
    std::string sentence;
};

enum class OutcomeKind { kDone, kRefused, kNotDone, kInDoubt };
std::string_view Name(OutcomeKind kind);  // "done", "refused", "not_done", "in_doubt"

// What an answer with one of these statuses means, before the reply mapping has its say.
struct AnswerRule {
    int status_min = 0, status_max = 0;
    OutcomeKind kind = OutcomeKind::kDone;
    std::string answer, reason;
    bool retry_key = false;
};

enum class BodyForm { kNone, kJson, kForm };

struct Operation {
    std::string name;
    std::string method, path;  // {command.x} and {settings.x} are percent-encoded
    std::vector<std::pair<std::string, std::string>> headers;  // templates likewise, not encoded
    BodyForm body = BodyForm::kNone;
    std::string request, reply;  // mapping files; "" for none
    std::string key_header;      // carries command.key
    bool reads = false;          // changes nothing over there: may always be repeated
    bool money = false;
    int total_timeout_ms = 15000;
    std::string first;   // the operation whose answer its request is made from, as command.found
    std::string lookup;  // the operation that clears up doubt about this one
    std::vector<AnswerRule> answers;  // first match, before the defaults
    std::string topic;                // transport kafka: a template, as path is
};

struct Authentication {
    enum class Type { kNone, kHeader, kBasic, kBearer, kOAuth2 } type = Type::kNone;
    std::string header, prefix;  // kHeader, kOAuth2: its name; put before the secret or token
    std::string secret, user;    // names of settings; kOAuth2: the client's secret and id
    // kOAuth2 only: where tokens come from. All but the path and the scope name settings.
    enum class Grant { kClientCredentials, kRefreshToken } grant = Grant::kClientCredentials;
    bool basic = false;                 // id and secret go as HTTP Basic, else in the form
    std::string token_path, token_url;  // at the connection's own address; a whole URL
    std::string refresh_token, scope;
    Millis lifetime{0};  // of a token whose answer does not say
};

// What answers tell of how many calls are allowed: names of headers, "" for none.
struct RateHeaders {
    std::string retry_after;  // beside Retry-After; seconds or a date
    std::string limit;        // calls a second, such as 0.5
    std::string remaining;    // calls left for now
    int burst = 0;            // calls at once where `limit` holds; 0: the connection's setting
};

// Callbacks that end unless they are asked for again, one subscription for each return.
struct SubscriptionProfile {
    std::string operation;
    Millis lifetime{0};
};

// One way to prove who sends. The settings that hold its keys are lists where several are active.
struct CallbackWay {
    std::string name;
    SignatureRecipe recipe;
    std::string keys;  // the setting; "" where keys are fetched
};

struct CallbackProfile {
    SignatureRecipe recipe;  // the way to prefer, as are keys and name
    std::string keys, name;
    std::vector<CallbackWay> also;   // others that count: the first whose header is there decides
    std::string choice;              // the setting that names the only way to count, or "any"
    std::string from;                // the setting with the addresses they call from; "": any
    std::string key_set_url;         // the setting with the address of fetched keys
    std::string mapping;             // "identity" for our own form, see own_form.h
    std::vector<std::string> tells;  // of our own form: the types it may say
    std::string test_prefix;         // keys that begin with it only try out; "": there are none
    bool our_key = false;            // without keys in the settings, a caller shows one of ours

    // Way 0 is the one to prefer.
    const SignatureRecipe& RecipeOf(int way) const;
    const std::string& KeysOf(int way) const;
    const std::string& NameOf(int way) const;
    int ways() const { return static_cast<int>(also.size()) + 1; }
};

struct Manifest {
    std::string name;  // "payment/stripe"
    Kind kind = Kind::kShop;
    Transport transport = Transport::kHttp;
    std::string title, version, proven_on;
    std::map<std::string, SettingDeclaration> settings;
    Authentication auth;
    std::map<std::string, Operation> operations;
    std::optional<CallbackProfile> callbacks;
    std::string records;  // mapping of topic records; "identity" for CloudEvents
    std::optional<PaymentProfile> payment;
    bool base_url_optional = false;  // without one it is never called, and tells us itself
    int rate_per_minute = 0;         // 0: none known
    RateHeaders rates;
    std::string poll;  // the operation that tells how a return stands; "": they cannot be asked
    std::optional<SubscriptionProfile> subscription;
    bool announces = true;  // false: they hear of returns from elsewhere, never from us
    std::vector<std::string> cannot_tell;  // sentences: what this partner never says
    std::vector<EventType> can_tell;       // types its mappings pass on unnamed; see tells.h
    std::vector<std::string> mappings;     // every *.jq file named above, once
};

// Unknown keys are refused with the nearest known name.
Result<Manifest> ReadManifest(const Json& value);
// Required settings present, no unknown ones, each of its declared form.
Status CheckSettings(const Manifest& manifest, const Json& settings);
// What a text setting says: the connection's word, else the default; "" for none.
const std::string& TextSetting(const Manifest& manifest, const std::string& name,
                               const Json& settings);

}  // namespace returns::connectors
