// `backhaul serve` alone with a database of its own, for tests of one gateway's life: started,
// spoken to, killed, started again on what is left. One thread.
#pragma once

#include "tests/live/gateway_world.h"

#include <memory>
#include <string>

namespace returns::live {

class LoneGateway {
public:
    LoneGateway();

    Json& settings() { return settings_; }
    const std::string& folder() const { return folder_.path(); }
    std::string database() const { return folder_.path() + "/backhaul.db"; }

    void Start();    // and waits until it listens
    void Kill();     // SIGKILL
    void LoseLog();  // what a power cut takes from a log that was never synchronised
    Child& process() { return *process_; }
    std::string Log() const;

    const std::string& url() const { return url_; }
    const std::string& key() const { return key_; }  // an operator's
    HttpAnswer Get(const std::string& path) const;
    HttpAnswer Tell(const std::string& type, const std::string& order, const std::string& data);
    // Order of two lamps at 50.00 EUR paid at "psp" by the payment pi_1, and one comes back good.
    void TellRefundDue(const std::string& order);

private:
    Folder folder_;
    std::string key_, url_;
    Json settings_;
    std::unique_ptr<Child> process_;
    int told_ = 0;
};

}  // namespace returns::live
