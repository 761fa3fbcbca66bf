// A mapped file that another program shortens: zeros and a note instead of SIGBUS, which still reaches everybody else.
// What may end a process runs in a child.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <optional>
#include <thread>

#include "file/mapped_file.h"

using namespace dill;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = 4096;

std::uint64_t sum(std::span<const unsigned char> bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
}

// A private mapping that nobody guards, of a file that is empty by now: touching it is a bus error.
volatile unsigned char* doomed(const fs::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  void* const memory = ::mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, ::fileno(file), 0);
  std::fclose(file);
  fs::resize_file(path, 0);
  return static_cast<volatile unsigned char*>(memory);
}

// Status of a child that runs `work` and exits with its result.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
bool died_of(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

volatile unsigned char* g_rescued = nullptr;
struct sigaction g_before {};

// A handler that repairs what it is called for, as other libraries have.
void repair(int, siginfo_t* info, void*) {
  if (info->si_addr != const_cast<unsigned char*>(g_rescued)) ::_exit(3);
  ::mmap(const_cast<unsigned char*>(g_rescued), kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

// What Python's faulthandler does.
void report_and_raise(int signal) {
  ::sigaction(signal, &g_before, nullptr);
  ::raise(signal);
}

}  // namespace

class MappedFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  fs::path write(const char* name, std::size_t size) const {
    const fs::path path = folder_.filePath(name).toStdString();
    std::ofstream(path, std::ios::binary) << std::string(size, '\1');
    return path;
  }

 private slots:
  // QtTest's own reporter would be the handler from before otherwise, and tell every fault that is meant to happen.
  void initTestCase() { std::signal(SIGBUS, SIG_DFL); }

  void isTheFile() {
    const auto file = file::MappedFile::open(write("plain", 10'000));
    QVERIFY(file.has_value());
    QCOMPARE((*file)->bytes().size(), std::size_t{10'000});
    QCOMPARE(sum((*file)->bytes()), std::uint64_t{10'000});
    QVERIFY(!(*file)->shrank());
    QVERIFY((*file::MappedFile::open(write("empty", 0)))->bytes().empty());
  }

  void whatIsNoFileIsRefused() {
    for (const std::string& path : {std::string("/dev/zero"), folder_.path().toStdString(), std::string("/no/such")}) {
      const auto file = file::MappedFile::open(path);
      QVERIFY(!file.has_value());
      QVERIFY(file.error().kind == file::Error::Kind::CannotRead);
      QVERIFY(file.error().message.find(path) != std::string::npos);
    }
  }

  void aHugeFileIsOnlyMapped() {
    const fs::path path = write("huge", 1);
    fs::resize_file(path, std::uint64_t{10} << 30);
    const auto file = file::MappedFile::open(path);
    QVERIFY(file.has_value());
    QCOMPARE((*file)->bytes().size(), std::size_t{10} << 30);
    QCOMPARE(int((*file)->bytes().back()), 0);
  }

  void shrinking_data() {
    QTest::addColumn<qulonglong>("left");
    for (const qulonglong left : {0, 1, 4095, 4096, 4097, 20'000, 39'999}) {
      QTest::addRow("to %llu bytes", left) << left;
    }
  }
  void shrinking() {
    QFETCH(qulonglong, left);
    const fs::path path = write("shrinking", 40'000);
    const int status = in_child([&] {
      const auto file = *file::MappedFile::open(path);
      if (sum(file->bytes()) != 40'000 || file->shrank()) return 1;
      fs::resize_file(path, left);
      if (sum(file->bytes()) != left) return 2;
      if (!file->shrank() || file->shrank_error().kind != file::Error::Kind::Shrank) return 3;
      return 0;
    });
    QVERIFY2(succeeded(status), qPrintable(QString::number(status)));
  }

  void itIsKnownWhichFileShrank() {
    const fs::path shrinking = write("one", 40'000), other = write("other", 40'000);
    const int status = in_child([&] {
      const auto a = *file::MappedFile::open(other);
      std::optional b = *file::MappedFile::open(shrinking);
      const auto c = *file::MappedFile::open(other);
      fs::resize_file(shrinking, 0);
      if (sum((*b)->bytes()) != 0) return 1;
      if (a->shrank() || !(*b)->shrank() || c->shrank()) return 2;
      if (sum(a->bytes()) != 40'000 || sum(c->bytes()) != 40'000) return 3;
      b.reset();
      // The entry of the guard is used again and remembers nothing.
      const auto d = *file::MappedFile::open(other);
      return d->shrank() ? 4 : 0;
    });
    QVERIFY2(succeeded(status), qPrintable(QString::number(status)));
  }

  void manyThreads() {
    const fs::path path = write("threads", 4'000'000);
    const int status = in_child([&] {
      const auto file = *file::MappedFile::open(path);
      std::vector<std::thread> readers;
      for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
          while (!file->shrank()) sum(file->bytes());
          for (int round = 0; round < 20; ++round) {
            sum(file->bytes());
            (void)file::MappedFile::open(path);
          }
        });
      }
      fs::resize_file(path, 100);
      for (std::thread& reader : readers) reader.join();
      return 0;
    });
    QVERIFY2(succeeded(status), qPrintable(QString::number(status)));
  }

  void otherBusErrorsEndTheProcess() {
    const fs::path path = write("guarded", 100);
    QVERIFY(died_of(in_child([&] {
                      const auto file = *file::MappedFile::open(path);
                      return int(*doomed(write("doomed", 100)));
                    }),
                    SIGBUS));
    QVERIFY(died_of(in_child([&] {
                      const auto file = *file::MappedFile::open(path);
                      ::raise(SIGBUS);
                      return 0;
                    }),
                    SIGBUS));
  }

  void earlierHandlersGetWhatIsTheirs() {
    const fs::path path = write("ours", 40'000);
    const int status = in_child([&] {
      struct sigaction action {};
      action.sa_sigaction = &repair;
      action.sa_flags = SA_SIGINFO;
      ::sigaction(SIGBUS, &action, nullptr);
      const auto file = *file::MappedFile::open(path);
      for (int round = 0; round < 3; ++round) {
        g_rescued = doomed(write("theirs", 100));
        if (*g_rescued != 0) return 1;
      }
      fs::resize_file(path, 0);
      return sum(file->bytes()) == 0 && file->shrank() ? 0 : 2;
    });
    QVERIFY2(succeeded(status), qPrintable(QString::number(status)));
  }

  void aReporterThatRaisesAgain_data() {
    QTest::addColumn<bool>("later");
    QTest::newRow("installed before") << false;
    QTest::newRow("installed after") << true;
  }
  void aReporterThatRaisesAgain() {
    QFETCH(bool, later);
    const fs::path path = write("ours2", 40'000);
    const auto prepare = [&] {
      std::shared_ptr<const file::MappedFile> first;
      if (later) first = *file::MappedFile::open(path);
      struct sigaction action {};
      action.sa_handler = &report_and_raise;
      action.sa_flags = SA_NODEFER;
      ::sigaction(SIGBUS, &action, &g_before);
      return std::pair(first, *file::MappedFile::open(path));
    };
    QVERIFY(died_of(in_child([&] {
                      const auto files = prepare();
                      return int(*doomed(write("doomed2", 100)));
                    }),
                    SIGBUS));
    QVERIFY(succeeded(in_child([&] {
      const auto files = prepare();
      fs::resize_file(path, 0);
      return sum(files.second->bytes()) == 0 && files.second->shrank() ? 0 : 1;
    })));
  }
};

QTEST_GUILESS_MAIN(MappedFileTest)
#include "tst_mapped_file.moc"
