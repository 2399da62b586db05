#include "gateway/kafka_bus_consumer.h"

#include "gateway/kafka_bus_words.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

namespace returns::gateway {

namespace {

constexpr auto kRetryPause = std::chrono::seconds(1);
constexpr auto kHintPause = std::chrono::seconds(1);
constexpr auto kTroublePause = std::chrono::seconds(2);
constexpr int kAskMs = 2000;

KafkaTime Now() { return std::chrono::steady_clock::now(); }

template <class T>
bool IsReady(const std::future<T>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::string Name(const std::pair<std::string, std::int32_t>& partition) {
    return partition.first + "/" + std::to_string(partition.second);
}

std::string Ending(const std::pair<std::string, std::int32_t>& partition) {
    return "; it stands still until a person decides where to go on: stop the gateway, then "
           "backhaul "
           "kafka offset --settings FILE --topic " +
           partition.first + " --partition " + std::to_string(partition.second) +
           " --to beginning|end|OFFSET";
}

// Errors after which librdkafka would go on behind a record it could not read.
bool LosesRecords(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
           error == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED || error == RD_KAFKA_RESP_ERR_INVALID_MSG;
}

}  // namespace

KafkaConsumer::KafkaConsumer(const KafkaOptions& options, KafkaOffsets offsets)
    : KafkaOpaque(KafkaNews(options)), options_(options), offsets_(std::move(offsets)) {}

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Open(const KafkaOptions& options,
                                                           KafkaOffsets offsets) {
    std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(options, std::move(offsets)));
    RETURN_IF_ERROR(consumer->Start());
    return consumer;
}

KafkaConsumer::~KafkaConsumer() { Close(); }

Status KafkaConsumer::Start() {
    KafkaSettings ours = {
        {"group.id", options_.group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"partition.assignment.strategy", "range"},
        {"isolation.level", "read_committed"},
        {"check.crcs", "true"},
        {"enable.partition.eof", "true"},  // the sign that fetching works again
        {"socket.nagle.disable", "true"},
        {"allow.auto.create.topics", "false"},
        {"topic.metadata.refresh.interval.ms", "5000"},
        {"queued.min.messages", std::to_string(options_.fetch_messages_min)},
        {"queued.max.messages.kbytes", std::to_string(options_.fetch_kbytes_max)}};
    if (!options_.instance.empty()) ours.emplace_back("group.instance.id", options_.instance);
    ASSIGN_OR_RETURN(KafkaConf conf, MakeKafkaConf(options_, ours));
    rd_kafka_conf_set_opaque(conf.get(), static_cast<KafkaOpaque*>(this));
    rd_kafka_conf_set_rebalance_cb(
        conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t error,
                       rd_kafka_topic_partition_list_t* list, void* opaque) {
            auto* self = static_cast<KafkaConsumer*>(static_cast<KafkaOpaque*>(opaque));
            if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
                self->Assigned(*list);
            } else {
                self->Revoked();
            }
        });
    std::array<char, 512> text{};
    handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size());
    if (!handle_) return Invalid("opening the Kafka consumer: " + std::string(text.data()));
    static_cast<void>(conf.release());  // the handle owns it now
    rd_kafka_poll_set_consumer(handle_);
    rd_kafka_set_log_queue(handle_, nullptr);
    news.Reset();
    dropping_ = false;
    KafkaList topics(rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size())));
    for (const std::string& topic : options_.topics) {
        rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t error = rd_kafka_subscribe(handle_, topics.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return Invalid("subscribing to Kafka topics: " + std::string(rd_kafka_err2str(error)));
    }
    return {};
}

// A fatal error ends a handle, not us: the positions are in the database.
void KafkaConsumer::Restart() {
    if (Now() < restart_at_) return;
    restart_at_ = Now() + kRetryPause;
    Drop();
    Status started = Start();
    if (!started.ok()) trouble_ = started.error().text;
}

std::vector<BusRecord> KafkaConsumer::Poll(int n) {
    std::vector<BusRecord> records;
    if (closed_) return records;
    if (!handle_ || !news.fatal().empty()) Restart();
    if (!handle_) return records;
    if (joined_ && !assigned_) Assign();
    TakeWatermarks();
    RetryTroubled();
    SendHints(false);
    for (int i = 0; i < n && news.fatal().empty(); ++i) {
        KafkaMessage message(rd_kafka_consumer_poll(handle_, 0));
        if (!message) break;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            TakeError(*message);
        } else {
            records.push_back(TakeRecord(*message));
        }
    }
    return records;
}

BusRecord KafkaConsumer::TakeRecord(const rd_kafka_message_s& message) {
    BusRecord record;
    record.topic = rd_kafka_topic_name(message.rkt);
    record.partition = message.partition;
    record.offset = message.offset;
    if (message.key) record.key.emplace(static_cast<const char*>(message.key), message.key_len);
    if (message.payload) {
        record.value.emplace(static_cast<const char*>(message.payload), message.len);
    }
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            record.headers.emplace_back(
                name, value ? std::string(static_cast<const char*>(value), size) : std::string());
        }
    }
    Partition partition(record.topic, record.partition);
    position_[partition] = record.offset + 1;
    troubled_.erase(partition);
    trouble_.clear();
    news.Alive();
    return record;
}

void KafkaConsumer::TakeError(const rd_kafka_message_s& message) {
    const std::string topic = message.rkt ? rd_kafka_topic_name(message.rkt) : "";
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        troubled_.erase({topic, message.partition});
        ended_.emplace(topic, message.partition);
        return;
    }
    ++errors_;
    const std::string text =
        rd_kafka_message_errstr(&message) +
        KafkaRight(message.err,
                   "READ " + (topic.empty() ? "group " + options_.group : "topic " + topic));
    Partition partition(topic, message.partition);
    news.Log("kafka: consuming " + (topic.empty() ? options_.group : Name(partition)) + ": " +
             text);
    if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
        news.Fatal(text);
    } else if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || LosesRecords(message.err)) {
        Stopped(partition, position_.count(partition) != 0 ? position_[partition] : message.offset,
                text);
    } else if (wanted_.count(partition) != 0) {
        troubled_[partition] = text;
    } else if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        unavailable_[topic] = "topic " + topic + " did not exist when last looked for";
    } else if (!topic.empty()) {
        unavailable_[topic] = "topic " + topic + ": " + text;
    } else {
        trouble_ = text;
    }
}

// librdkafka tells of an error once, and of its end only by the next record, which may be long in
// coming. A partition that was paused and goes on tells at once that it has reached its end.
void KafkaConsumer::RetryTroubled() {
    if (troubled_.empty() || paused_ || !assigned_ || Now() < retry_at_) return;
    retry_at_ = Now() + kTroublePause;
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(troubled_.size())));
    for (const auto& entry : troubled_) {
        if (stopped_.count(entry.first) != 0) continue;
        rd_kafka_topic_partition_list_add(list.get(), entry.first.first.c_str(),
                                          entry.first.second);
    }
    rd_kafka_pause_partitions(handle_, list.get());
    rd_kafka_resume_partitions(handle_, list.get());
}

void KafkaConsumer::Stopped(const Partition& partition, std::int64_t offset,
                            const std::string& why) {
    KafkaList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
    rd_kafka_pause_partitions(handle_, list.get());
    Stop& stop = stopped_[partition];
    stop.offset = offset;
    stop.text = "offset " + std::to_string(offset) + " of " + Name(partition) +
                " cannot be read: " + why + Ending(partition);
    if (stop.asked.valid()) Abandon(stop.asked);
    stop.asked = Ask({partition});
}

// Completes the words about a stopped partition with where its log starts and ends.
void KafkaConsumer::TakeWatermarks() {
    for (auto& [partition, stop] : stopped_) {
        if (!stop.asked.valid() || !IsReady(stop.asked)) continue;
        Answers answers = stop.asked.get();
        if (!answers.ok()) {
            stop.asked = Ask({partition});
            continue;
        }
        const Watermarks& log = answers->begin()->second;
        std::string name = "offset " + std::to_string(stop.offset) + " of " + Name(partition);
        if (stop.offset < log.low) {
            stop.text =
                name + " is gone, the log starts at " + std::to_string(log.low) + Ending(partition);
        } else if (stop.offset > log.high) {
            stop.text =
                name + " is gone, the log ends at " + std::to_string(log.high) + Ending(partition);
        }
        news.Log("kafka: " + stop.text);
    }
    abandoned_.erase(std::remove_if(abandoned_.begin(), abandoned_.end(), IsReady<Answers>),
                     abandoned_.end());
}

std::future<KafkaConsumer::Answers> KafkaConsumer::Ask(std::vector<Partition> partitions) const {
    return std::async(std::launch::async, [this, handle = handle_, partitions]() -> Answers {
        std::map<Partition, Watermarks> found;
        for (const Partition& partition : partitions) {
            if (dropping_) return Error{Code::kUnavailable, "the consumer is being closed"};
            Watermarks& log = found[partition];
            rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
                handle, partition.first.c_str(), partition.second, &log.low, &log.high, kAskMs);
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
                return Error{Code::kUnavailable,
                             "asking where " + Name(partition) +
                                 " starts and ends: " + rd_kafka_err2str(error)};
            }
        }
        return found;
    });
}

void KafkaConsumer::Abandon(std::future<Answers>& asked) {
    if (asked.valid()) abandoned_.push_back(std::move(asked));
}

void KafkaConsumer::Assigned(const rd_kafka_topic_partition_list_s& list) {
    wanted_.clear();
    for (int i = 0; i < list.cnt; ++i) {
        wanted_.emplace(list.elems[i].topic, list.elems[i].partition);
        unavailable_.erase(list.elems[i].topic);
    }
    joined_ = true;
    assigned_ = false;
    assign_at_ = KafkaTime();
    trouble_.clear();
    news.Alive();
    Assign();
    if (assigned_) return;
    // The group waits for an answer; the partitions follow as soon as their positions are known.
    KafkaList none(rd_kafka_topic_partition_list_new(0));
    rd_kafka_assign(handle_, none.get());
}

void KafkaConsumer::Revoked() {
    if (!dropping_) SendHints(true);
    rd_kafka_assign(handle_, nullptr);
    wanted_.clear();
    position_.clear();
    troubled_.clear();
    hints_.clear();
    Abandon(starts_);
    for (auto& entry : stopped_) Abandon(entry.second.asked);
    stopped_.clear();
    joined_ = false;
    assigned_ = false;
    assign_error_.clear();
}

void KafkaConsumer::Assign() {
    if (Now() < assign_at_) return;
    if (starts_.valid() && !IsReady(starts_)) return;
    std::map<Partition, std::int64_t> stored;
    Status found = FindStarts(stored);
    if (!found.ok()) {
        assign_error_ = found.error().text;
        assign_at_ = Now() + kRetryPause;
        return;
    }
    if (starts_.valid()) return;
    position_.clear();
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(wanted_.size())));
    for (const Partition& partition : wanted_) {
        rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second)
            ->offset = stored[partition];
        position_[partition] = stored[partition];
        // The last run may have ended between its commit and its word to the broker.
        if (stored[partition] > 0) hints_[partition] = stored[partition];
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(handle_, list.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        assign_error_ = "taking over partitions: " + std::string(rd_kafka_err2str(error));
        assign_at_ = Now() + kRetryPause;
        return;
    }
    assigned_ = true;
    assign_error_.clear();
    if (paused_) ApplyPause();
}

// Every wanted partition's position. Those never read get a number of their own first, saved
// before their first record: a later start must neither skip nor repeat what came in between. A
// partition added to a topic already read starts at its beginning, whatever the settings say.
// Leaves starts_ valid when the broker has to be asked first.
Status KafkaConsumer::FindStarts(std::map<Partition, std::int64_t>& stored) {
    ASSIGN_OR_RETURN(std::vector<TopicOffset> loaded, offsets_.load());
    std::set<std::string> known;
    for (const TopicOffset& offset : loaded) {
        stored[{offset.topic, offset.partition}] = offset.next;
        known.insert(offset.topic);
    }
    std::vector<Partition> fresh;
    for (const Partition& partition : wanted_) {
        if (stored.count(partition) == 0) fresh.push_back(partition);
    }
    if (fresh.empty()) return {};
    if (!starts_.valid()) {
        starts_ = Ask(fresh);
        return {};
    }
    ASSIGN_OR_RETURN(auto logs, starts_.get());
    std::vector<TopicOffset> begun;
    for (const Partition& partition : fresh) {
        auto log = logs.find(partition);
        if (log == logs.end()) {
            starts_ = Ask(fresh);
            return {};
        }
        bool at_end = options_.start == KafkaStart::kEnd && known.count(partition.first) == 0;
        stored[partition] = at_end ? log->second.high : log->second.low;
        begun.push_back({partition.first, partition.second, stored[partition]});
    }
    return offsets_.save(begun);
}

void KafkaConsumer::Pause(bool paused) {
    if (paused == paused_) return;
    paused_ = paused;
    if (handle_ && assigned_) ApplyPause();
}

void KafkaConsumer::ApplyPause() {
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(wanted_.size())));
    for (const Partition& partition : wanted_) {
        if (stopped_.count(partition) != 0) continue;
        rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
    }
    if (paused_) {
        rd_kafka_pause_partitions(handle_, list.get());
    } else {
        rd_kafka_resume_partitions(handle_, list.get());
    }
}

void KafkaConsumer::Committed(const std::vector<TopicOffset>& offsets) {
    for (const TopicOffset& offset : offsets) {
        Partition partition(offset.topic, offset.partition);
        if (wanted_.count(partition) == 0) continue;
        std::int64_t& next = hints_[partition];
        next = std::max(next, offset.next);
    }
}

void KafkaConsumer::SendHints(bool now) {
    if (hints_.empty() || !handle_) return;
    if (!now && Now() < hints_sent_ + kHintPause) return;
    hints_sent_ = Now();
    KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(hints_.size())));
    for (const auto& [partition, next] : hints_) {
        rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second)
            ->offset = next;
    }
    // Nothing hangs on it: an error leaves lag tools a little behind.
    rd_kafka_commit(handle_, list.get(), 1);
    hints_.clear();
}

KafkaHealth KafkaConsumer::Health() const {
    if (closed_) return {false, "the consumer is closed"};
    if (!news.fatal().empty()) return {false, "the consumer is being renewed: " + news.fatal()};
    if (!handle_) return {false, trouble_};
    std::vector<std::string> wrong;
    if (news.away()) wrong.push_back("no broker can be reached: " + news.last_error());
    for (const auto& entry : stopped_) wrong.push_back(entry.second.text);
    for (const auto& [partition, text] : troubled_) wrong.push_back(Name(partition) + ": " + text);
    for (const auto& entry : unavailable_) wrong.push_back(entry.second);
    if (!trouble_.empty()) wrong.push_back(trouble_);
    if (joined_ && !assigned_) {
        wrong.push_back(assign_error_.empty() ? "looking up where to start" : assign_error_);
    }
    if (!joined_) {
        wrong.push_back("waiting for group " + options_.group + " to share partitions");
        if (!news.away() && !news.last_error().empty()) wrong.push_back(news.last_error());
    }
    if (wrong.empty()) {
        return {true, "reading " + std::to_string(wanted_.size()) + " partitions"};
    }
    KafkaHealth health;
    health.stopped = static_cast<std::int64_t>(stopped_.size());
    for (const std::string& text : wrong) health.text += (health.text.empty() ? "" : "; ") + text;
    return health;
}

bool KafkaConsumer::CaughtUp() const {
    return assigned_ && !wanted_.empty() &&
           std::includes(ended_.begin(), ended_.end(), wanted_.begin(), wanted_.end());
}

bool KafkaConsumer::LeaveGroup(KafkaTime deadline) {
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle_);
    rd_kafka_error_t* error = rd_kafka_consumer_close_queue(handle_, queue);
    bool closing = error == nullptr;
    if (error) rd_kafka_error_destroy(error);
    // As events, never by callback: prefetched records come along, and abort a callback's loop.
    while (closing && rd_kafka_consumer_closed(handle_) == 0 && Now() < deadline) {
        constexpr int kSliceMs = 50;
        rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kSliceMs);
        if (event == nullptr) continue;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) Revoked();
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return closing && rd_kafka_consumer_closed(handle_) != 0;
}

void KafkaConsumer::Drop() {
    if (!handle_) return;
    dropping_ = true;  // from here on nothing new may use the handle
    Abandon(starts_);
    for (auto& entry : stopped_) Abandon(entry.second.asked);
    abandoned_.clear();  // waits for them, at most kAskMs
    KafkaTime deadline = Now() + std::chrono::milliseconds(options_.close_ms);
    SendHints(true);
    // With no broker there is nobody to take leave of, and trying is where this version crashes.
    if (!news.away() && news.fatal().empty()) LeaveGroup(Now() + (deadline - Now()) / 2);
    DestroyKafka(std::exchange(handle_, nullptr), deadline);
    wanted_.clear();
    position_.clear();
    troubled_.clear();
    stopped_.clear();
    joined_ = false;
    assigned_ = false;
}

void KafkaConsumer::Close() {
    if (closed_) return;
    closed_ = true;
    Drop();
}

}  // namespace returns::gateway
