#include "server/signal_thread.h"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <string.h>
#include <unistd.h>

namespace cae {
namespace {

constexpr int kEndThread = SIGUSR2;  ///< sent by the destructor, to the thread alone

}  // namespace

SignalThread::SignalThread() {
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, kEndThread}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // Whoever reads our stdout may go away; writing to it then is an error, not our end.
  signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { ThreadLoop(); });
}

SignalThread::~SignalThread() {
  pthread_kill(thread_.native_handle(), kEndThread);
  thread_.join();
}

void SignalThread::Ready() {
  MutexLock lock(mutex_);
  ready_ = true;
}

int SignalThread::Wait() {
  MutexLock lock(mutex_);
  while (!first_.has_value()) arrived_.Wait(mutex_);
  return *first_;
}

void SignalThread::ThreadLoop() {
  while (true) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) continue;
    if (signal == kEndThread) return;
    Take(signal);
  }
}

void SignalThread::Take(int signal) {
  bool ready = false;
  bool second = false;
  {
    MutexLock lock(mutex_);
    ready = ready_;
    second = first_.has_value();
    if (ready && !second) {
      first_ = signal;
      arrived_.NotifyAll();
    }
  }
  if (ready && !second) return;
  spdlog::warn("signal {}: {}", strsignal(signal),
               second ? "the second one, exiting at once" : "not ready yet, exiting");
  spdlog::default_logger()->flush();
  // Not exit(): other threads are at work, and what they use must not be destroyed under them.
  _exit(second ? 1 : 0);
}

}  // namespace cae
