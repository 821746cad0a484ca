#include "tools/import_run.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/rules/rejection.h"
#include "events/block.h"
#include "events/text.h"

namespace seatledger {
namespace {

enum class Outcome : std::uint8_t { pending, done, there, foreign, failed, skipped };

// Carries out one plan. Every step is pending until its answer is in, and `sent_` until then if it is on its way.
class Run {
 public:
    Run(const ImportPlan& plan, Submitter& submitter, const ImportProgress& progress)
        : plan_(plan), submitter_(submitter), progress_(progress), states_(plan.steps.size()) {}

    std::expected<ImportSummary, std::string> run() {
        for (std::size_t i = 0; i < plan_.steps.size() && !stopped_; ++i) {
            const auto& step = plan_.steps[i];
            // A payment may travel with its invoice: the server judges them in order. A bind has to wait for the
            // number of its license.
            if (step.takes_first_license && states_[*step.needs].outcome == Outcome::pending) {
                if (auto sent = flush(); !sent) return std::unexpected(sent.error());
            }
            add(i);
            if (batch_.size() == import_batch_max || step.is_precondition) {
                if (auto sent = flush(); !sent) return std::unexpected(sent.error());
            }
        }
        if (auto sent = flush(); !sent) return std::unexpected(sent.error());
        summary_.skipped += plan_.steps.size() - settled_;
        return std::move(summary_);
    }

 private:
    struct StepState {
        Outcome outcome = Outcome::pending;
        LicenseNumber first_license;
    };

    [[nodiscard]] bool holds(std::size_t step) const {
        const auto outcome = states_[step].outcome;
        return outcome == Outcome::pending || outcome == Outcome::done || outcome == Outcome::there;
    }

    void settle(std::size_t index, Outcome outcome) {
        states_[index].outcome = outcome;
        ++settled_;
        if (outcome == Outcome::done) ++summary_.done;
        if (outcome == Outcome::there || outcome == Outcome::foreign) ++summary_.there;
        if (outcome == Outcome::skipped) ++summary_.skipped;
    }

    void fail(std::size_t index, std::string code, std::string message) {
        const auto& step = plan_.steps[index];
        settle(index, Outcome::failed);
        summary_.rejected.push_back({step.file, step.line, step.description, std::move(code), std::move(message)});
        stopped_ = stopped_ || step.is_precondition;
    }

    void add(std::size_t index) {
        const auto& step = plan_.steps[index];
        if (step.needs && !holds(*step.needs)) return settle(index, Outcome::skipped);
        if (!step.takes_first_license) {
            batch_.push_back(index);
            commands_.push_back(step.command.get());
            return;
        }
        const auto license = states_[*step.needs].first_license;
        if (!license) return fail(index, "", "the answer to the payment names no license");
        filled_.push_back(with_license(step.command.get(), license));
        batch_.push_back(index);
        commands_.push_back(filled_.back().get());
    }

    static OwnedCommand with_license(schema::Command::Reader command, LicenseNumber license) {
        capnp::MallocMessageBuilder message(128);
        message.setRoot(command);
        auto filled = message.getRoot<schema::Command>();
        filled.getBindLicense().setLicense(license.value);
        return OwnedCommand(filled.asReader());
    }

    static OwnedCommand without_id(schema::Command::Reader command) {
        capnp::MallocMessageBuilder message(128);
        message.setRoot(command);
        auto other = message.getRoot<schema::Command>();
        other.disownRequestId();
        return OwnedCommand(other.asReader());
    }

    // What is to be sent again goes before anything that may rest on it.
    std::expected<void, std::string> flush() {
        if (auto sent = send(); !sent || again_.empty()) return sent;
        for (const auto index : std::exchange(again_, {})) {
            filled_.push_back(without_id(plan_.steps[index].command.get()));
            batch_.push_back(index);
            commands_.push_back(filled_.back().get());
        }
        return send();
    }

    std::expected<void, std::string> send() {
        if (batch_.empty()) return {};
        auto answers = submitter_.submit(commands_);
        if (answers && answers->size() != batch_.size()) {
            answers = std::unexpected("the server gave " + std::to_string(answers->size()) + " answers to " +
                                      std::to_string(batch_.size()) + " commands");
        }
        if (!answers) {
            return std::unexpected(answers.error() + " (after " + std::to_string(settled_) + " of " +
                                   std::to_string(plan_.steps.size()) +
                                   " steps; run the import again to go on, what is done is not done twice)");
        }
        for (std::size_t i = 0; i < batch_.size(); ++i) {
            const auto& step = plan_.steps[batch_[i]];
            // Without an id it is never answered so.
            if (step.is_by_place && (*answers)[i].rejected == rule_id(Rule::request_id_reused)) {
                again_.push_back(batch_[i]);
            } else {
                take(batch_[i], std::move((*answers)[i]));
            }
        }
        batch_.clear();
        commands_.clear();
        filled_.clear();
        if (progress_) progress_(settled_, plan_.steps.size());
        return {};
    }

    void take(std::size_t index, ImportAnswer answer) {
        const auto& step = plan_.steps[index];
        const bool was_done = answer.rejected.empty() && !answer.replayed;
        // It travelled together with what it needs, and that failed: the failure to report is the other one.
        if (step.needs && !holds(*step.needs) && !was_done) return settle(index, Outcome::skipped);

        states_[index].first_license = answer.first_license;
        if (was_done) return settle(index, Outcome::done);
        if (answer.replayed && answer.rejected.empty()) return settle(index, Outcome::there);
        if (std::ranges::find(step.allowed_rejections, answer.rejected) == step.allowed_rejections.end()) {
            return fail(index, std::move(answer.rejected), std::move(answer.message));
        }
        // An earlier run did it with other values; any other rejection says that it was somebody else.
        const bool by_import = answer.rejected == rule_id(Rule::request_id_reused);
        settle(index, by_import ? Outcome::there : Outcome::foreign);
    }

    const ImportPlan& plan_;
    Submitter& submitter_;
    const ImportProgress& progress_;
    std::vector<StepState> states_;
    std::size_t settled_ = 0;
    bool stopped_ = false;
    std::vector<std::size_t> batch_;  // the steps that go with the next request, and their commands
    std::vector<schema::Command::Reader> commands_;
    std::vector<OwnedCommand> filled_;
    std::vector<std::size_t> again_;  // the steps to send again
    ImportSummary summary_;
};

}  // namespace

OwnedCommand::OwnedCommand(schema::Command::Reader command)
    : words_(kj::heapArray<capnp::word>(command.totalSize().wordCount + 1)) {
    std::memset(words_.asBytes().begin(), 0, words_.asBytes().size());
    capnp::copyToUnchecked(command, words_);
}

schema::Command::Reader OwnedCommand::get() const {
    return capnp::readMessageUnchecked<schema::Command>(words_.begin());
}

std::expected<ImportAnswer, std::string> read_import_answer(schema::Answer::Reader answer) try {
    ImportAnswer result;
    result.replayed = answer.getReplayed();
    result.rejected = view(answer.getRejected());
    result.message = view(answer.getMessage());

    for (const Entry entry : entries_of(answer.getEntries())) {
        const auto event = read_event(entry);
        if (!event.isLicensesIssued()) continue;
        result.first_license = LicenseNumber(event.getLicensesIssued().getFirst());
        break;
    }
    return result;
} catch (const kj::Exception& exception) {
    return std::unexpected("the server's answer cannot be read: " + std::string(exception.getDescription().cStr()));
}

std::string ImportProblem::text() const {
    const auto what = description + (code.empty() ? "" : ": " + code) + ": " + message;
    return file.empty() ? what : FileError{file, line, what}.text();
}

std::expected<ImportSummary, std::string> run_import(const ImportPlan& plan, Submitter& submitter,
                                                     const ImportProgress& progress) {
    return Run(plan, submitter, progress).run();
}

}  // namespace seatledger
