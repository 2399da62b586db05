// Sends the newest anchor of the journal out, at intervals: to a file that finance keeps, and to a
// topic. Each is a head over everything before it, so that those in between need not be sent. How
// far it has come is kept in the database: after a crash an anchor may go twice, none is left out.
// One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/ports.h"
#include "gateway/publisher.h"

#include <cstdint>
#include <string>

namespace returns::gateway {

// Where lines are appended so that they stay. Blocks no longer than a disk write.
class LineFile {
public:
    virtual ~LineFile() = default;
    virtual Status Append(const std::string& line) = 0;  // on the disk when it returns
};

struct AnchorPlaces {
    LineFile* file = nullptr;  // nullptr: none
    std::string topic;         // "": none
    Millis every{300'000};
};

class AnchorSender {
public:
    AnchorSender(Engine& engine, Publisher& publisher, Clock& clock, AnchorPlaces places);
    AnchorSender(const AnchorSender&) = delete;
    AnchorSender& operator=(const AnchorSender&) = delete;

    Status Recover(Archive& archive);  // once at start
    bool Step();
    void Finish();  // before a shutdown: what is new goes to the file whatever the interval

    struct View {
        bool wanted = false;   // sent there at all
        std::int64_t seq = 0;  // the last that is there
        std::int64_t sent = 0, failed = 0;
        bool failing = false;           // the last try was in vain
        Instant waits_since = kNoTime;  // since when something is not there; unset: all is
    };
    View file() const { return file_; }
    View topic() const { return topic_; }

private:
    Result<bool> FindNewest();
    bool SendToFile();
    bool SendToTopic();
    void Note(View& view, const char* name, bool good);
    void Waits(View& view) const;

    Engine& engine_;
    Publisher& publisher_;
    Clock& clock_;
    const AnchorPlaces places_;
    Anchor newest_;
    View file_, topic_;
    bool on_the_way_ = false;  // to the topic
    std::int64_t looked_ = 0;  // the row up to which anchors were looked at
    bool begun_ = false;
    Millis next_{0};
};

}  // namespace returns::gateway
