// Planted mistakes: the kit must find each of them.
#include "connectors/conformance.h"
#include "tests/connectors/connectors_folder.h"

#include <gtest/gtest.h>

namespace returns::connectors {

namespace {

struct Breakage {
    const char* name;
    const char* folder;
    const char* file;
    const char* from;
    const char* to;
    const char* says;  // part of some failure
};

class Breakages : public testing::TestWithParam<Breakage> {};

TEST_P(Breakages, AreFound) {
    const Breakage& breakage = GetParam();
    Connector::Files files = ReadFolder(breakage.folder);
    std::string& text = files.at(breakage.file);
    const std::size_t at = text.find(breakage.from);
    ASSERT_NE(at, text.npos) << breakage.from;
    text.replace(at, std::string_view(breakage.from).size(), breakage.to);
    const ConformanceReport report = TestConnector(files);
    EXPECT_FALSE(report.ok());
    EXPECT_NE(FormatReport(report, "it").find(breakage.says), std::string::npos)
        << FormatReport(report, "it");
}

constexpr const char* kShipBob = "logistics/shipbob";
constexpr const char* kShipEngine = "logistics/shipengine";
constexpr const char* kSendcloud = "logistics/sendcloud";
constexpr const char* kEasyPost = "logistics/easypost";
constexpr const char* kStripe = "payment/stripe";
constexpr const char* kDesk = "desk/solarwinds-service-desk";

INSTANTIATE_TEST_SUITE_P(
    Connectors, Breakages,
    testing::Values(
        Breakage{"wrong_field", kShipBob, "create.jq",
                 "reference_id:", "reference:", "the body breaks the contract"},
        Breakage{"wrong_path", kShipBob, "connector.json", "}:cancel", "}/cancel", "+ path:"},
        Breakage{"lost_header", kShipBob, "connector.json", "shipbob_channel_id\": \"{settings",
                 "x-channel\": \"{settings", "the contract wants the header shipbob_channel_id"},
        Breakage{"wrong_content", kShipBob, "connector.json", "{id}.{timestamp}.{body}",
                 "{timestamp}.{body}", "a vector signed outside this project"},
        Breakage{"time_not_signed", kShipBob, "connector.json", "{id}.{timestamp}.{body}",
                 "{id}.{body}", "proves nothing"},
        Breakage{"no_tolerance", kShipBob, "connector.json", "\"tolerance_s\": 300",
                 "\"tolerance_s\": 0", "it verifies although it is a day old"},
        Breakage{"unknown_key", kShipBob, "connector.json", "\"rate_per_minute\"",
                 "\"rates_per_minute\"",
                 "unknown key 'rates_per_minute', did you mean 'rate_per_minute'?"},
        Breakage{"unknown_operation", kShipBob, "connector.json", "\"return.cancel\": {",
                 "\"return.cancl\": {", "did you mean 'return.cancel'?"},
        Breakage{"not_described", kShipBob, "contract.json", "\"return.cancel\": {",
                 "\"return.cancelled\": {", "'return.cancel' is not described"},
        Breakage{"secret_not_marked", kShipBob, "connector.json",
                 "\"api_token\": {\"secret\": true, ", "\"api_token\": {",
                 "not a setting marked secret"},
        Breakage{"refused_with_200", kShipEngine, "void.jq", ".body.approved == true then {}",
                 ".body.approved != null then {}", "a 200 that says no: used already: wanted"},
        Breakage{"error_with_200", kShipEngine, "label.jq", ".status == \"error\"",
                 ".status == \"failed\"", "a 200 that could not be made: wanted"},
        Breakage{"old_callbacks_count", kShipEngine, "connector.json", "{timestamp}.{body}",
                 "{body}", "proves nothing"},
        Breakage{"other_scheme", kShipEngine, "connector.json", "\"rsa-sha256\"", "\"ed25519\"",
                 "signed elsewhere: wanted"},
        Breakage{"keys_from_nowhere", kShipEngine, "connector.json",
                 "\"key_set_url\": \"key_set_url\"", "\"key_set_url\": \"api_key\"",
                 "'api_key' is not a text setting"},
        Breakage{"key_as_typed", kEasyPost, "connector.json", "\"key\": \"nfkd\",",
                 "\"key\": \"text\",", "second generation, signed elsewhere: wanted"},
        Breakage{"way_not_chosen", kEasyPost, "connector.json", "\"choice\": \"signed_by\",", "",
                 "where only the second counts: wanted"},
        Breakage{"way_without_vector", kEasyPost, "fixtures/callbacks.json", "\"X-Hmac-Signature\"",
                 "\"X-Hmac-Signed\"",
                 "no callback of the way 'v1' carries a signature made elsewhere"},
        Breakage{"one_name_for_two_ways", kEasyPost, "connector.json", "\"name\": \"v1\"",
                 "\"name\": \"v2\"", "a name of its own"},
        Breakage{"not_bought_is_taken_for_made", kEasyPost, "shipment.jq",
                 "!= \"\" and .postage_label != null", "!= null or true",
                 "made, but not bought: wanted"},
        Breakage{"too_late_is_taken_for_done", kSendcloud, "connector.json",
                 "\"outcome\": \"refused\", \"reason\": \"not_cancellable\"",
                 "\"outcome\": \"done\"", "too late to cancel: wanted"},
        Breakage{"token_not_among_secrets", kSendcloud, "connector.json",
                 "\"subscription_token\": {\"secret\": true,", "\"subscription_token\": {",
                 "'subscription_token' is not a setting marked secret"},
        Breakage{"slash_lost", kSendcloud, "connector.json", "\"/api/v3/{settings.announce}\"",
                 "\"/api/v3/returns\"", "+ path: \"/api/v3/returns\""},
        Breakage{"blind_refusal", kStripe, "connector.json",
                 "{\"status\": 409, \"outcome\": \"in_doubt\", \"reason\": \"conflict\"}",
                 "{\"status\": \"5xx\", \"outcome\": \"refused\", \"reason\": \"down\"}",
                 "an error of theirs: wanted in_doubt, given refused"},
        Breakage{"no_is_taken_for_yes", kStripe, "refund.jq",
                 "elif .status == \"failed\" or .status == \"canceled\" then\n    facts + {outcome",
                 "elif .status == \"gone\" then\n    facts + {outcome", "a 200 that means no"},
        Breakage{"another_refund_is_taken_for_ours", kStripe, "refund.jq",
                 "select(.metadata.reference == $command.reference",
                 "select(.metadata.reference != 1", "not among them"},
        Breakage{"amount_lost", kStripe, "create.jq", "      amount: (", "      sum: (",
                 "the body breaks the contract"},
        Breakage{"currency_miscounted", kStripe, "create.jq", ". + \"00\"", ".",
                 "counted in hundredths"},
        Breakage{"key_not_sent", kStripe, "connector.json", "\"key_header\": \"Idempotency-Key\",",
                 "", "wants the header Idempotency-Key"},
        Breakage{"no_profile", kStripe, "connector.json", "\"payment\": {", "\"paymnt\": {",
                 "'payment' belongs to payment connectors"},
        Breakage{"whole_desk_adopted", kDesk, "incident.jq",
                 "select(marked($command.reference; $settings.reference_field))", "select(true)",
                 "the whole desk, and it is not on this page"},
        Breakage{"not_escaped", kDesk, "create.jq", "map(@html) | join", "join",
                 "&lt;the warehouse&gt;"},
        Breakage{"environment", kDesk, "comment.jq", ".command.text", "env.PATH",
                 "'env' is not allowed"},
        Breakage{"environment_variable", kDesk, "comment.jq", ".command.text", "$ENV.PATH",
                 "'$ENV' is not allowed"},
        Breakage{"module", kDesk, "comment.jq",
                 "{body:", "import \"a\" as a; {body:", "'import' is not allowed"},
        Breakage{"more_input", kDesk, "comment.jq", ".command.text", "input.text",
                 "'input' is not allowed"},
        Breakage{"clock", kDesk, "comment.jq", ".command.text", "(now | tostring)",
                 "'now' is not allowed"},
        Breakage{"endless", kDesk, "comment.jq",
                 "{body:", "def f: f; f | {body:", "'f' calls itself"},
        Breakage{"does_not_compile", kDesk, "comment.jq",
                 "{body:", "$x | {body:", "compiling mapping comment.jq: line 1"},
        Breakage{"unused_mapping", kDesk, "connector.json", "\"request\": \"comment.jq\"",
                 "\"request\": \"create.jq\"", "connector.json does not name it"},
        Breakage{"wrong_type", "shop/oms-example", "record.jq", "\"order.delivered\"",
                 "\"order.arrived\"", "is not a type others may send"},
        Breakage{"our_own_type", "shop/oms-example", "record.jq", "\"order.delivered\"",
                 "\"attempt.done\"", "is not a type others may send"},
        Breakage{"event_key", "shop/refund-executor", "requested.jq",
                 "our_reference:", "reference:", "the record breaks the contract"},
        Breakage{"stale_golden", "shop/oms-example", "fixtures/records.json",
                 "\"source_id\": \"m-3/0\"", "\"source_id\": \"m-3/1\"",
                 "wanted (-) and given (+) differ"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Kit, WantsACaseForEverything) {
    Connector::Files files = ReadFolder(kStripe);
    files.erase("fixtures/callbacks.json");
    files.erase("fixtures/answers.json");
    const std::string text = FormatReport(TestConnector(files), "it");
    EXPECT_NE(text.find("no case reads a callback"), text.npos);
    EXPECT_NE(text.find("no case decodes a good answer to refund.create"), text.npos);
}

}  // namespace

}  // namespace returns::connectors
