// What the gateway has acknowledged over its API, kept outside of it, and whether it still stands
// by all of that after a restart. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace returns::live {

class Witness {
public:
    explicit Witness(std::string key) : key_(std::move(key)) {}

    // Posts one more event; remembers it and its receipt when it was answered 202.
    void Tell(const std::string& gateway);
    // Remembers how far those orders' cases have come.
    void Look(const std::string& gateway, const std::vector<std::string>& orders);
    // Everything acknowledged, told again: the same receipt must come back, marked as a repeat,
    // and no case may have gone back. A sentence for each thing that is not so.
    std::vector<std::string> Ask(const std::string& gateway);

    std::size_t acknowledged() const { return receipts_.size(); }

private:
    struct Receipt {
        std::string body;
        std::int64_t journal = 0;
    };
    const std::string key_;
    int told_ = 0;
    std::vector<Receipt> receipts_;
    std::map<std::string, std::int64_t> versions_;  // by order
};

}  // namespace returns::live
