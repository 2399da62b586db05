#include "connectors/message_signature.h"

#include "connectors/crypto.h"
#include "connectors/signature_parts.h"

#include <algorithm>
#include <optional>

namespace returns::connectors {
namespace {

constexpr std::size_t kFieldBytesMax = 8192;
constexpr std::size_t kCoveredMax = 32;

// All fields of that name as one, in their order.
std::optional<std::string> FieldOf(const HttpHeaders& headers, std::string_view name) {
    std::optional<std::string> all;
    for (const auto& [each, value] : headers)
        if (SameWord(each, name)) all = (all ? *all + ", " : "") + std::string(Trim(value));
    return all;
}

// The members of a dictionary field (RFC 8941) as written: commas within quotes, parentheses and
// bytes between colons do not part them.
std::optional<std::vector<std::pair<std::string, std::string>>> Members(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> members;
    bool quoted = false;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const char c = at < text.size() ? text[at] : ',';
        if (quoted && c == '\\') return std::nullopt;  // none of ours needs an escape
        if (c == '"') quoted = at < text.size() ? !quoted : quoted;
        if (!quoted && c == '(') ++depth;
        if (!quoted && c == ')') --depth;
        if (at < text.size() && (quoted || depth != 0 || c != ',')) continue;
        if (quoted || depth != 0) return std::nullopt;
        const std::string_view member = Trim(text.substr(begin, at - begin));
        const std::size_t equals = member.find('=');
        if (equals == 0 || equals == member.npos) return std::nullopt;
        members.emplace_back(std::string(member.substr(0, equals)),
                             std::string(member.substr(equals + 1)));
        begin = at + 1;
    }
    return members;
}

std::string_view AfterScheme(std::string_view url) {
    const std::size_t at = url.find("://");
    return at == url.npos ? std::string_view() : url.substr(at + 3);
}

// Without the port that the scheme has by itself.
std::string AuthorityOf(std::string_view url) {
    const std::string_view rest = AfterScheme(url);
    std::string authority = Lower(rest.substr(0, rest.find_first_of("/?")));
    if (url.starts_with("https://") && authority.ends_with(":443"))
        authority.resize(authority.size() - 4);
    if (url.starts_with("http://") && authority.ends_with(":80"))
        authority.resize(authority.size() - 3);
    return authority;
}

// The value of a component; nothing for what is not known or not there.
std::optional<std::string> ValueOf(const SignedRequest& request, const std::string& name) {
    if (!name.starts_with("@")) return FieldOf(*request.headers, name);
    const std::string path(request.path.empty() ? "/" : request.path);
    if (name == "@method") return std::string(request.method);
    if (name == "@target-uri") return std::string(request.url);
    if (name == "@authority") return AuthorityOf(request.url);
    if (name == "@scheme") return Lower(request.url.substr(0, request.url.find("://")));
    if (name == "@path") return path;
    if (name == "@request-target") return path;
    return std::nullopt;
}

std::string Unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return "";
    return std::string(text.substr(1, text.size() - 2));
}

// ("a" "b");created=1;keyid="x": the components, then what the signature says of itself.
Status ReadInput(std::string_view input, MessageSignature& out) {
    const std::size_t close = input.find(')');
    if (!input.starts_with("(") || close == input.npos) return Invalid("it lists no components");
    for (const std::string_view item : SplitText(input.substr(1, close - 1), " ")) {
        const std::string name = Unquoted(item);
        if (name.empty() || name != Lower(name) || name.find('"') != name.npos)
            return Invalid("it has a component that is not a plain name");
        if (std::find(out.covered.begin(), out.covered.end(), name) != out.covered.end())
            return Invalid("it names a component twice");
        out.covered.push_back(name);
    }
    if (out.covered.size() > kCoveredMax) return Invalid("it covers too many components");
    for (const std::string_view item : SplitText(input.substr(close + 1), ";")) {
        const std::size_t equals = item.find('=');
        const std::string_view name = item.substr(0, equals);
        const std::string_view value = equals == item.npos ? "" : item.substr(equals + 1);
        if (name == "keyid") out.key_id = Unquoted(value);
        if (name == "alg") out.algorithm = Unquoted(value);
        if (name != "created" && name != "expires") continue;
        const auto at = ReadTime(value, SignatureRecipe::TimeUnit::kSeconds);
        if (!at) return Invalid("'" + std::string(name) + "' is not a time");
        (name == "created" ? out.created : out.expires) = *at;
    }
    return {};
}

Status WriteBase(const SignedRequest& request, const std::vector<std::string>& covered,
                 std::string_view input, std::string& base) {
    for (const std::string& name : covered) {
        const auto value = ValueOf(request, name);
        if (!value) return Invalid("it covers '" + name + "', which the request does not have");
        if (value->find('\n') != value->npos) return Invalid("'" + name + "' has two lines");
        base += "\"" + name + "\": " + *value + "\n";
    }
    base += "\"@signature-params\": " + std::string(input);
    return {};
}

}  // namespace

Result<MessageSignature> ReadMessageSignature(const SignedRequest& request,
                                              std::string_view label) {
    const auto inputs = FieldOf(*request.headers, "signature-input");
    const auto signatures = FieldOf(*request.headers, "signature");
    if (!inputs || !signatures)
        return Error{Code::kNotFound, "the headers Signature-Input and Signature are missing"};
    if (inputs->size() > kFieldBytesMax || signatures->size() > kFieldBytesMax)
        return Invalid("Signature-Input or Signature is too long");
    const auto told = Members(*inputs);
    const auto made = Members(*signatures);
    if (!told || !made) return Invalid("Signature-Input or Signature is no dictionary");
    if (label.empty() && told->size() != 1)
        return Invalid("there are several signatures and the recipe names none of them");
    const std::string wanted(label.empty() ? told->front().first : label);
    const auto named = [&](const auto& member) { return member.first == wanted; };
    if (std::count_if(told->begin(), told->end(), named) != 1 ||
        std::count_if(made->begin(), made->end(), named) != 1)
        return Error{Code::kNotFound, "there is not one signature '" + wanted + "'"};
    const std::string& input = std::find_if(told->begin(), told->end(), named)->second;
    const std::string& value = std::find_if(made->begin(), made->end(), named)->second;
    MessageSignature out;
    RETURN_IF_ERROR(ReadInput(input, out));
    const bool bytes = value.size() > 2 && value.front() == ':' && value.back() == ':';
    const auto raw = bytes ? DecodeBase64(value.substr(1, value.size() - 2)) : std::nullopt;
    if (!raw) return Invalid("the signature is not a byte sequence");
    out.raw = *raw;
    RETURN_IF_ERROR(WriteBase(request, out.covered, input, out.base));
    return out;
}

bool DigestFits(const SignedRequest& request) {
    const auto field = FieldOf(*request.headers, "content-digest");
    const auto digests = field ? Members(*field) : std::nullopt;
    if (!digests) return false;
    bool any = false;
    for (const auto& [name, value] : *digests) {
        if (name != "sha-256" && name != "sha-512") continue;
        const Digest digest = name == "sha-256" ? Digest::kSha256 : Digest::kSha512;
        if (value != ":" + EncodeBase64(Hash(digest, request.body)) + ":") return false;
        any = true;
    }
    return any;
}

std::string ContentDigest(std::string_view body) {
    return "sha-256=:" + EncodeBase64(Sha256(body)) + ":";
}

Result<MessageToSign> MessageFor(const SignedRequest& request,
                                 const std::vector<std::string>& covered, Instant created,
                                 std::string_view key_id) {
    MessageToSign out;
    for (const std::string& name : covered)
        out.input += (out.input.empty() ? "(\"" : " \"") + name + "\"";
    out.input += ");created=" + WriteTime(created, SignatureRecipe::TimeUnit::kSeconds);
    if (!key_id.empty()) out.input += ";keyid=\"" + std::string(key_id) + "\"";
    RETURN_IF_ERROR(WriteBase(request, covered, out.input, out.base));
    return out;
}

}  // namespace returns::connectors
