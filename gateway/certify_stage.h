// Where the cases play: calls to the candidate through its connector, our door for its callbacks,
// and whoever plays the scenarios. Everything happens on the caller's thread, one thing after the
// other; callbacks that come meanwhile wait for it.
#pragma once

#include "gateway/certify.h"
#include "gateway/certify_evidence.h"
#include "gateway/certify_judge.h"
#include "gateway/http_client.h"
#include "gateway/http_door_queue.h"
#include "gateway/system_clock.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway::certify {

struct StageOptions {
    std::string base_url;     // "": no calls
    std::string listen_host;  // "": no listening
    int listen_port = 0;
    std::string public_url;   // of our door, as the candidate reaches it; "": the door's own
    std::string control_url;  // who plays scenarios; "": a person, if anybody
    bool ask = false;         // a person is there
    std::int64_t hurry = 1;   // the candidate divides its own pauses by this
    Millis wait{60000};       // for callbacks that are due
    std::vector<std::string> skus{"CERTIFY-1"};
    std::string ca_file;
    bool allow_plain_http = false;
    std::function<void(const std::string&)> tell;  // instructions to a person
    std::function<bool()> confirmed;  // whether the person says it is done; not waiting
};

// How a call differs from a plain one.
struct Manner {
    bool cut_answer = false;     // nothing of the answer's body is read
    bool wrong_secret = false;   // of the connector's authentication
    bool unknown_field = false;  // beside those of the body
    int deadline_ms = 0;         // 0: the operation's own
};

struct Called {
    connectors::Outcome outcome;
    connectors::HttpResult result;
    std::string trouble;  // why no call could be made; "" otherwise
};

// A return of ours with the candidate.
struct Announcement : Announced {
    Json command;
    std::string their_reference;
};

class Stage {
public:
    // `settings` are the connection's, ready for the connector. kInvalid when our door cannot open.
    static Result<std::unique_ptr<Stage>> Open(StageOptions options,
                                               connectors::Connector& connector, Json settings);
    ~Stage();

    unsigned offers() const;  // which needs can be met
    const connectors::Connector& connector() const { return connector_; }
    const Json& settings() const { return settings_; }
    const StageOptions& options() const { return options_; }
    std::string callback_url() const;

    CaseResult Run(const CaseRow& row);

    // For the cases.
    Announcement NewReturn(int quantity = 1, const std::string& mark = "") const;
    Called Call(std::string_view operation, const Json& command, const Manner& manner = {});
    // Announces it and notes their reference; the judgement where that goes wrong.
    std::optional<Judgement> Create(Announcement& announcement);
    Json CancelCommand(const Announcement& announcement) const;
    // Asks for the case's scenario; the judgement where nobody plays it.
    std::optional<Judgement> Play(const Announcement& announcement, Json more = Json::Object());

    // How the next callbacks about that return are answered.
    struct Answers {
        int failures = 0;  // that many get this status, or none at all
        int status = 500;
        std::string retry_after;
        bool hold = false;
    };
    void AnswerWith(Answers answers) { answers_ = std::move(answers); }
    // Those about the return since the case began, until there are enough or nothing more is due.
    Deliveries Collect(const Announcement& announcement,
                       const std::function<bool(const Deliveries&)>& enough);
    Deliveries Collect(const Announcement& announcement, std::size_t enough);
    const Deliveries& all() const { return deliveries_; }
    void Rest(Millis time);  // takes what comes meanwhile
    // At the address it had; turning everybody away, it only counts who comes.
    Status OpenDoor(bool turn_away = false);
    void ShutDoor();  // nobody answers at our address
    bool AwaitTry();  // whether somebody was turned away before the patience ended
    Millis Scaled(Millis time) const { return std::max(time / options_.hurry, Millis(1)); }
    connectors::Verification Verify(const Delivery& delivery, const Json& settings,
                                    Instant now) const;

private:
    struct Held {
        std::size_t delivery;
        DoorReplyFunction reply;
    };
    Stage(StageOptions options, connectors::Connector& connector, Json settings);
    Status OpenClient();
    connectors::HttpResult Send(HttpClient& client, const std::string& base_url,
                                connectors::HttpRequest request);
    void Pump(Millis patience);
    void Take(DoorQueue::Waiting waiting);
    DoorReply Answer(Delivery& delivery);
    void LetGo();
    std::optional<Judgement> AskPerson(const std::string& instruction);
    bool NothingDue();
    Deliveries Mine() const;
    void Note(const std::string& kind, const std::string& text);

    StageOptions options_;
    connectors::Connector& connector_;
    const Json settings_;
    Redaction redaction_;
    SystemClock clock_;
    std::string prefix_;
    DoorQueue queue_;
    std::unique_ptr<HttpClientAdapter> client_, cutting_client_;
    std::unique_ptr<HttpDoor> door_;
    int port_ = 0;
    std::int64_t call_ = 0;
    mutable int returns_ = 0;
    std::map<std::int64_t, connectors::HttpResult> answered_;
    const CaseRow* row_ = nullptr;
    std::vector<Evidence> evidence_;
    std::string reference_, their_reference_;  // of the return in hand
    Answers answers_;
    Deliveries deliveries_;
    std::size_t first_ = 0;  // of the case's
    std::vector<Held> held_;
    bool asks_what_is_due_ = true;
};

}  // namespace returns::gateway::certify
