#include "gateway/file_drop.h"

#include "connectors/crypto.h"
#include "gateway/drop_text.h"
#include "gateway/log.h"
#include "gateway/raw_reader.h"
#include "schemas/case_text.h"

#include <algorithm>
#include <set>

namespace returns::gateway {
namespace {

constexpr std::size_t kFilesAtOnce = 1000;  // of one look; the rest waits for the next
constexpr std::size_t kRowsAtOnce = 64;  // mapped in one step: callers wait no longer for the lane
constexpr std::size_t kOpenRowsMax = 512;  // on their way through the engine
constexpr std::size_t kColumnsMax = 200;
constexpr std::size_t kRowIdDigits = 32;

// A number of the connection's settings, else the connector's.
std::int64_t NumberOf(const Connection& connection, const std::string& name) {
    const Json* own = connection.settings.settings.Find(name);
    const auto& settings = connection.connector->manifest().settings;
    const auto declared = settings.find(name);
    const Json nothing;
    const auto number = own != nullptr               ? own->AsInt()
                        : declared == settings.end() ? nothing.AsInt()
                                                     : declared->second.fallback.AsInt();
    return number.ok() ? *number : 0;
}

char SeparatorOf(const std::string& word) {
    if (word == "tab") return '\t';
    return word == "," || word == ";" ? word[0] : '\0';
}

std::string Trimmed(std::string_view cell) {
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
    return std::string(cell);
}

void AppendCell(std::string_view cell, std::string& out) {
    if (cell.find_first_of(",;\t\"\r\n") == cell.npos) {
        out += cell;
        return;
    }
    out += '"';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

// Worse ones stay: a row that says several things is as good as the worst of them.
int Badness(std::string_view outcome) {
    constexpr std::string_view kWords[] = {"", "repeated", "accepted", "parked", "refused"};
    return static_cast<int>(std::find(std::begin(kWords), std::end(kWords), outcome) -
                            std::begin(kWords));
}

// What the manifest cannot say of its settings.
Status CheckDropSettings(const Connection& connection) {
    const std::string where = "connections." + connection.settings.name + ".settings.";
    const auto among = [&](const char* name, std::initializer_list<std::string_view> words) {
        const std::string& word = connection.settings.settings[name].AsString();
        return word.empty() || std::find(words.begin(), words.end(), word) != words.end();
    };
    if (!among("encoding", {"utf-8", "windows-1252"}))
        return Invalid(where + "encoding: must be utf-8 or windows-1252");
    if (!among("separator", {"auto", ",", ";", "tab"}))
        return Invalid(where + "separator: must be auto, ',', ';' or tab");
    struct Bound {
        const char* name;
        std::int64_t most;
    };
    for (const Bound& bound :
         {Bound{"interval_s", 86'400}, {"file_mib_max", 1024}, {"rows_max", 10'000'000}}) {
        const std::int64_t number = NumberOf(connection, bound.name);
        if (number < 1 || number > bound.most)
            return Invalid(where + bound.name + ": must be from 1 to " +
                           std::to_string(bound.most));
    }
    return {};
}

// Of what it says, before a missing time is filled in: other columns beside change nothing.
std::string DigestOf(Envelope event) {
    event.mapping_hash.clear();
    return connectors::Sha256Hex(EnvelopeText(event));
}

bool IsError(std::string_view outcome) {
    return outcome == "refused" || outcome == "unreadable" || outcome == "unmapped";
}

}  // namespace

FileDrop::FileDrop(Engine& engine, Clock& clock, const Connection& connection,
                   const Settings& settings, DropFolder folder)
    : engine_(engine),
      clock_(clock),
      connection_(connection),
      settings_(settings),
      folder_(std::move(folder)),
      interval_(std::chrono::seconds(NumberOf(connection, "interval_s"))),
      mib_max_(NumberOf(connection, "file_mib_max")),
      rows_max_(NumberOf(connection, "rows_max")),
      encoding_(connection.settings.settings["encoding"].AsString()),
      separator_(SeparatorOf(connection.settings.settings["separator"].AsString())) {}

bool FileDrop::Step() {
    if (engine_.failed()) return false;
    switch (phase_) {
        case Phase::kLooking:
            if (!ready_.empty()) return BeginNext();
            if (clock_.Monotonic() < look_at_) return false;
            Look();
            return !ready_.empty();
        case Phase::kReading:
            ReadOn();
            return true;
        case Phase::kRows:
            return TakeRows();
        case Phase::kAnswering:
            if (open_rows_ > 0) return false;
            Finish();
            return true;
    }
    return false;
}

void FileDrop::Trouble(const Error& error) {
    ++counters_.failures;
    if (trouble_ != error.text)
        Log(LogLevel::kWarn, "drop", connection_.settings.name + ": " + error.text, "");
    trouble_ = error.text;
}

// What looks as it did a look ago is written to by nobody. An empty file is one that was begun.
void FileDrop::Look() {
    look_at_ = clock_.Monotonic() + interval_;
    auto listing = folder_.List(kFilesAtOnce);
    if (!listing.ok()) return Trouble(listing.error());
    trouble_.clear();
    counters_.passed_over = listing->passed_over;
    for (const auto& [name, look] : listing->files) {
        const auto before = seen_.find(name);
        if (look.bytes > 0 && before != seen_.end() && before->second == look)
            ready_.push_back(name);
    }
    seen_ = std::move(listing->files);
}

bool FileDrop::BeginNext() {
    name_ = ready_.front();
    ready_.erase(ready_.begin());
    const DropLook look = seen_[name_];
    if (look.bytes > mib_max_ << 20) {
        ++counters_.files_too_long;
        digest_ = connectors::Sha256Hex(name_);
        Refuse("it is longer than " + std::to_string(mib_max_) +
               " MiB (file_mib_max); send it in parts");
        return true;
    }
    const Status begun = folder_.Begin(name_, look);
    if (begun.ok()) {
        phase_ = Phase::kReading;
        text_.reserve(static_cast<std::size_t>(look.bytes));
    } else if (begun.error().code == Code::kNotFound) {
        ++counters_.files_gone;
    } else if (begun.error().code == Code::kConflict) {
        ++counters_.files_changed;
    } else {
        Trouble(begun.error());
    }
    return true;
}

void FileDrop::ReadOn() {
    const auto more = folder_.Read(text_);
    if (more.ok()) {
        if (!*more) TakeWhole();
        return;
    }
    if (more.error().code == Code::kConflict)
        ++counters_.files_changed;
    else
        Trouble(more.error());
    Leave();
}

void FileDrop::TakeWhole() {
    digest_ = connectors::Sha256Hex(text_);
    const std::string known = folder_.AcknowledgedAs("." + Mark() + ".");
    if (!known.empty()) {
        ++counters_.files_repeated;
        const std::string first = known.substr(0, known.find("." + Mark()));
        Status done;
        if (first != name_) {
            std::string text = "line,id,outcome,reason\n,,repeated,";
            AppendCell("the same file was taken before as " + first, text);
            done = folder_.Write("ack", name_ + "." + Mark() + ".ack.csv", text + "\n");
        }
        if (done.ok()) done = folder_.Move(name_, "done");
        if (!done.ok()) Trouble(done.error());
        return Leave();
    }
    auto decoded = DropText(std::move(text_), encoding_);
    if (!decoded.ok()) {
        ++counters_.files_unreadable;
        return Refuse(decoded.error().text);
    }
    text_ = std::move(*decoded);
    if (std::count(text_.begin(), text_.end(), '\n') > rows_max_) {
        ++counters_.files_too_many_rows;
        return Refuse("it has more than " + std::to_string(rows_max_) +
                      " lines (rows_max); send it in parts");
    }
    reader_ = std::make_unique<CsvReader>(
        text_, static_cast<std::size_t>(settings_.limits.import_row_bytes_max));
    if (separator_ != '\0') reader_->SeparateBy(separator_);
    if (const Status head = ReadHead(); !head.ok()) {
        ++counters_.files_unreadable;
        return Refuse("its first row must name the columns: " + head.error().text);
    }
    phase_ = Phase::kRows;
}

Status FileDrop::ReadHead() {
    CsvRow row;
    ASSIGN_OR_RETURN(const bool any, reader_->Next(row));
    if (!any) return Invalid("there is none");
    std::set<std::string> names;
    columns_.clear();
    for (const std::string& cell : row.cells) {
        columns_.push_back(Trimmed(cell));
        const std::string place = "column " + std::to_string(columns_.size());
        if (columns_.back().empty()) return Invalid(place + " has no name");
        if (!names.insert(columns_.back()).second)
            return Invalid(place + " has a name used before");
    }
    if (columns_.size() > kColumnsMax) return Invalid("there are more than 200");
    return {};
}

bool FileDrop::TakeRows() {
    while (!waiting_.empty()) {
        if (!engine_.Offer(waiting_.back())) return false;
        waiting_.pop_back();
    }
    for (std::size_t taken = 0; taken < kRowsAtOnce && waiting_.empty(); ++taken) {
        if (open_rows_ >= kOpenRowsMax) return taken > 0;
        CsvRow row;
        const auto more = reader_->Next(row);
        if (more.ok() && !*more) {
            phase_ = Phase::kAnswering;
            return true;
        }
        RowAnswer& answer = rows_.emplace_back();
        answer.line = row.line;
        answer.row = std::string_view(text_).substr(row.begin, row.end - row.begin);
        if (more.ok() && row.cells.size() <= columns_.size()) {
            TakeRow(row, rows_.size() - 1);
            continue;
        }
        answer.outcome = "unreadable";
        answer.reason = more.ok() ? "it has more cells than there are columns" : more.error().text;
    }
    return true;
}

void FileDrop::TakeRow(const CsvRow& row, std::size_t at) {
    Json object = Json::Object();
    for (std::size_t i = 0; i < columns_.size(); ++i)
        object.Set(columns_[i],
                   Json::String(i < row.cells.size() ? Trimmed(row.cells[i]) : std::string()));
    const std::string raw = WriteJson(object);
    // A row without an id of its own is what it says: the same again is the same.
    const std::string id = "row:" + connectors::Sha256Hex(raw).substr(0, kRowIdDigits);
    auto events =
        connection_.connector->MapCallback(raw, {}, id, kNoTime, connection_.settings.settings);
    if (!events.ok()) {
        rows_[at].id = id;
        rows_[at].outcome = "unmapped";
        rows_[at].reason = events.error().text;
        Envelope nothing;
        nothing.source_id = id;
        return Offer({std::move(nothing)}, raw, at);
    }
    if (events->empty()) {
        rows_[at].outcome = "accepted";
        rows_[at].reason = "it says nothing that is of use here";
        return;
    }
    rows_[at].id = events->front().source_id;
    Offer(std::move(*events), raw, at);
}

void FileDrop::Offer(std::vector<Envelope> events, const std::string& raw, std::size_t at) {
    ++open_rows_;
    rows_[at].open = static_cast<int>(events.size());
    for (Envelope& event : events) {
        Input input;
        const bool unmapped = rows_[at].outcome == "unmapped";
        if (unmapped) input.unmapped = rows_[at].reason;
        input.event = std::move(event);
        input.event.connection = connection_.settings.name;
        input.event.source = "connection:" + connection_.settings.name;
        input.event.key.shop = connection_.settings.shop;
        input.digest = unmapped ? connectors::Sha256Hex(raw) : DigestOf(input.event);
        if (input.event.occurred_at == kNoTime) input.event.occurred_at = clock_.Now();
        input.raw = raw;
        input.headers = WriteSurroundings({});
        input.done = [this, at, file = std::weak_ptr<int>(alive_)](const Receipt& receipt) {
            if (!file.expired()) Note(receipt, at);
        };
        if (!waiting_.empty() || !engine_.Offer(input))
            waiting_.insert(waiting_.begin(), std::move(input));
    }
}

void FileDrop::Note(const Receipt& receipt, std::size_t at) {
    RowAnswer& row = rows_[at];
    std::string outcome = "accepted", reason = receipt.reason;
    if (receipt.kind == Receipt::Kind::kFailed || receipt.kind == Receipt::Kind::kStale) {
        failed_ = true;
    } else if (receipt.kind == Receipt::Kind::kConflict) {
        outcome = "refused";
        reason = "this id was used before with another content";
    } else if (receipt.kind == Receipt::Kind::kParked) {
        outcome = "parked";
        if (reason.empty()) reason = "its return is not known here yet";
    } else if (receipt.verdict == workflows::Verdict::kRefused) {
        outcome = "refused";
    } else if (receipt.repeated) {
        outcome = "repeated";
    }
    if (row.outcome != "unmapped" && Badness(outcome) > Badness(row.outcome)) {
        row.outcome = std::move(outcome);
        row.reason = std::move(reason);
    }
    if (--row.open == 0) --open_rows_;
}

std::string FileDrop::AckText(bool errors) const {
    std::string text = errors ? "line,id,outcome,reason,row\n" : "line,id,outcome,reason\n";
    for (const RowAnswer& row : rows_) {
        if (errors && !IsError(row.outcome)) continue;
        text += std::to_string(row.line) + ",";
        AppendCell(row.id, text);
        text += "," + row.outcome + ",";
        AppendCell(row.reason, text);
        if (errors) {
            text += ',';
            AppendCell(row.row, text);
        }
        text += '\n';
    }
    return text;
}

// The acknowledgement comes last before the move: where it stands, all else has been done.
void FileDrop::Finish() {
    if (failed_) return Leave();
    DropCounters& c = counters_;
    for (const RowAnswer& row : rows_) {
        c.rows_accepted += row.outcome == "accepted";
        c.rows_repeated += row.outcome == "repeated";
        c.rows_parked += row.outcome == "parked";
        c.rows_refused += row.outcome == "refused";
        c.rows_unreadable += row.outcome == "unreadable";
        c.rows_unmapped += row.outcome == "unmapped";
    }
    Status done;
    const auto bad = [](const RowAnswer& row) { return IsError(row.outcome); };
    if (std::any_of(rows_.begin(), rows_.end(), bad))
        done = folder_.Write("error", name_ + "." + Mark() + ".err.csv", AckText(true));
    if (done.ok()) done = folder_.Write("ack", name_ + "." + Mark() + ".ack.csv", AckText(false));
    if (done.ok()) {
        ++c.files_taken;
        done = folder_.Move(name_, "done");
    }
    if (!done.ok() && done.error().code == Code::kNotFound)
        ++c.files_gone;  // its rows are taken; under another name it is known
    else if (!done.ok())
        Trouble(done.error());
    Leave();
}

void FileDrop::Refuse(std::string why) {
    std::string text = "line,id,outcome,reason\n,,refused,";
    AppendCell(why, text);
    Status done = folder_.Write("error", name_ + "." + Mark() + ".err.csv", text + "\n");
    if (done.ok()) done = folder_.Move(name_, "error");
    if (!done.ok()) Trouble(done.error());
    Leave();
}

void FileDrop::Leave() {
    folder_.Close();
    alive_ = std::make_shared<int>();
    reader_.reset();
    rows_.clear();
    waiting_.clear();
    text_ = std::string();
    seen_.erase(name_);
    name_.clear();
    open_rows_ = 0;
    failed_ = false;
    phase_ = Phase::kLooking;
}

Result<std::unique_ptr<FileDrops>> FileDrops::Open(Engine& engine, Clock& clock,
                                                   Connections& connections,
                                                   const Settings& settings) {
    auto all = std::make_unique<FileDrops>();
    for (const Connection& each : connections.all()) {
        if (each.connector->manifest().transport != connectors::Transport::kFile) continue;
        const std::string& name = each.settings.name;
        RETURN_IF_ERROR(CheckDropSettings(each));
        auto folder = DropFolder::Open(each.settings.settings["inbox"].AsString());
        if (!folder.ok())
            return Error{folder.error().code,
                         "connections." + name + ".settings.inbox: " + folder.error().text};
        all->drops_[name] =
            std::make_unique<FileDrop>(engine, clock, each, settings, std::move(*folder));
    }
    return all;
}

bool FileDrops::Step() {
    bool worked = false;
    if (stopped_) return false;
    for (const auto& [name, drop] : drops_) worked = drop->Step() || worked;
    return worked;
}

}  // namespace returns::gateway
