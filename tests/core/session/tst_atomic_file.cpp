#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <functional>
#include <memory>
#include <vector>

#include "session/atomic_file.h"

using namespace dill::session;
using Temporary = AtomicFile::Temporary;

Q_DECLARE_METATYPE(AtomicFile::Temporary)

namespace {

void put(int descriptor, const QByteArray& content) {
  QCOMPARE(::write(descriptor, content.constData(), static_cast<std::size_t>(content.size())), content.size());
}

QByteArray content_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(cannot be read)");
}

void make(const QString& path, const QByteArray& content, mode_t mode = 0600) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  QCOMPARE(file.write(content), content.size());
  file.close();
  QCOMPARE(::chmod(path.toLocal8Bit().constData(), mode), 0);
}

mode_t mode_of(const QString& path) {
  struct stat status;
  return ::lstat(path.toLocal8Bit().constData(), &status) == 0 ? status.st_mode & 07777 : 0;
}

ino_t inode_of(const QString& path) {
  struct stat status;
  return ::lstat(path.toLocal8Bit().constData(), &status) == 0 ? status.st_ino : 0;
}

int error_of(const Result<AtomicFile>& result) { return result ? 0 : result.error().number; }
int error_of(const Result<void>& result) { return result ? 0 : result.error().number; }

// What a process does that is no root, even if this one is: its result, 0 to 255; -1 if it was killed.
int ordinary_process(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setegid(65534) != 0 || ::seteuid(65534) != 0)) ::_exit(255);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A folder that such a process may write to.
class Folder {
 public:
  Folder() { ::chmod(path("").toLocal8Bit().constData(), 0777); }
  QString path(const QString& name = "s.pkl") const { return folder_.filePath(name); }
  std::string file(const QString& name = "s.pkl") const { return path(name).toStdString(); }
  QStringList names() const {
    return QDir(folder_.path())
        .entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
  }
  void allow(mode_t mode) const { QCOMPARE(::chmod(folder_.path().toLocal8Bit().constData(), mode), 0); }

 private:
  QTemporaryDir folder_;
};

// 0 if the content got there.
int write_there(const std::string& path, const QByteArray& content, Temporary temporary = Temporary::Unnamed) {
  auto file = AtomicFile::create(path, temporary);
  if (!file) return file.error().number;
  if (::write(file->descriptor(), content.constData(), static_cast<std::size_t>(content.size())) != content.size())
    return EIO;
  return error_of(file->commit());
}

}  // namespace

class AtomicFileTest : public QObject {
  Q_OBJECT

  static void both_kinds() {
    QTest::addColumn<Temporary>("temporary");
    QTest::newRow("without a name") << Temporary::Unnamed;
    QTest::newRow("named") << Temporary::Named;
  }

 private slots:
  void a_new_file_data() { both_kinds(); }
  void a_new_file() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    auto file = AtomicFile::create(folder.file(), temporary);
    QVERIFY(file);
    put(file->descriptor(), "content");
    QVERIFY(!QFile::exists(folder.path()));
    QCOMPARE(error_of(file->commit()), 0);
    QCOMPARE(file->descriptor(), -1);
    QCOMPARE(content_of(folder.path()), QByteArray("content"));
    QCOMPARE(mode_of(folder.path()), mode_t{0600});
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void another_takes_its_place_data() { both_kinds(); }
  void another_takes_its_place() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    make(folder.path(), "old", 0640);
    QFile reader(folder.path());
    QVERIFY(reader.open(QIODevice::ReadOnly));
    auto file = AtomicFile::create(folder.file(), temporary);
    QVERIFY(file);
    put(file->descriptor(), "new content");
    QCOMPARE(content_of(folder.path()), QByteArray("old"));
    QCOMPARE(error_of(file->commit()), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("new content"));
    QCOMPARE(reader.readAll(), QByteArray("old"));
    QCOMPARE(mode_of(folder.path()), mode_t{0640});
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void without_commit_nothing_happens_data() { both_kinds(); }
  void without_commit_nothing_happens() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    make(folder.path(), "old");
    {
      auto file = AtomicFile::create(folder.file(), temporary);
      QVERIFY(file);
      put(file->descriptor(), "new");
      const AtomicFile moved = std::move(*file);
      QVERIFY(moved.descriptor() >= 0);
    }
    auto file = AtomicFile::create(folder.file(), temporary);
    QVERIFY(file);
    file->discard();
    QCOMPARE(file->descriptor(), -1);
    file->discard();
    QCOMPARE(content_of(folder.path()), QByteArray("old"));
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void what_is_no_file_is_refused_data() { both_kinds(); }
  void what_is_no_file_is_refused() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    make(folder.path("file"), "old");
    QVERIFY(QFile::link("file", folder.path("link")));
    QVERIFY(QFile::link("nothing", folder.path("dangling")));
    QVERIFY(QDir().mkdir(folder.path("folder")));
    QCOMPARE(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    const QStringList before = folder.names();
    const auto refused = [&](const std::string& path) { return error_of(AtomicFile::create(path, temporary)); };
    QCOMPARE(refused(folder.file("link")), ELOOP);
    QCOMPARE(refused(folder.file("dangling")), ELOOP);
    QCOMPARE(refused(folder.file("folder")), EISDIR);
    QCOMPARE(refused(folder.file("folder/")), EISDIR);
    QCOMPARE(refused(folder.file("folder/..")), EISDIR);
    QCOMPARE(refused(folder.file("pipe")), EINVAL);
    QCOMPARE(refused(folder.file("no/such")), ENOENT);
    QCOMPARE(refused(folder.file("file/name")), ENOTDIR);
    QCOMPARE(refused(""), ENOENT);
    QCOMPARE(refused(folder.file(QString(300, 'n'))), ENAMETOOLONG);
    QCOMPARE(folder.names(), before);
    QCOMPARE(content_of(folder.path("file")), QByteArray("old"));
  }

  // Whoever may write to the folder could have put it there meanwhile.
  void a_link_that_came_later_is_refused_data() { both_kinds(); }
  void a_link_that_came_later_is_refused() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    make(folder.path("precious"), "precious");
    auto file = AtomicFile::create(folder.file(), temporary);
    QVERIFY(file);
    put(file->descriptor(), "new");
    QVERIFY(QFile::link("precious", folder.path()));
    QCOMPARE(error_of(file->commit()), ELOOP);
    QCOMPARE(content_of(folder.path("precious")), QByteArray("precious"));
    QCOMPARE(folder.names(), QStringList({"precious", "s.pkl"}));
  }

  void names_of_every_length_data() { both_kinds(); }
  void names_of_every_length() {
    QFETCH(Temporary, temporary);
    for (const int length : {1, 200, 201, 240, 255}) {
      const Folder folder;
      const QString name(length, 'n');
      for (const char* content : {"one", "two"}) {
        QCOMPARE(write_there(folder.file(name), content, temporary), 0);
        QCOMPARE(content_of(folder.path(name)), QByteArray(content));
      }
      QCOMPARE(folder.names(), QStringList(name));
    }
  }

  void the_folder_may_move_data() { both_kinds(); }
  void the_folder_may_move() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    QVERIFY(QDir().mkdir(folder.path("one")));
    auto file = AtomicFile::create(folder.file("one/s.pkl"), temporary);
    QVERIFY(file);
    put(file->descriptor(), "content");
    QVERIFY(QFile::rename(folder.path("one"), folder.path("two")));
    QVERIFY(QDir().mkdir(folder.path("one")));
    QCOMPARE(error_of(file->commit()), 0);
    QCOMPARE(content_of(folder.path("two/s.pkl")), QByteArray("content"));
    QVERIFY(QDir(folder.path("one")).isEmpty());
  }

  void two_write_at_once_data() { both_kinds(); }
  void two_write_at_once() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    auto one = AtomicFile::create(folder.file(), temporary);
    auto two = AtomicFile::create(folder.file(), temporary);
    QVERIFY(one && two);
    put(one->descriptor(), "one");
    put(two->descriptor(), "two");
    QCOMPARE(error_of(two->commit()), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("two"));
    QCOMPARE(error_of(one->commit()), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("one"));
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void a_name_in_the_meantime() {
    const Folder folder;
    auto one = AtomicFile::create(folder.file(), Temporary::Named);
    auto two = AtomicFile::create(folder.file(), Temporary::Named);
    QVERIFY(one && two);
    QCOMPARE(folder.names(), QStringList({".s.pkl.dill-0", ".s.pkl.dill-1"}));
    QCOMPARE(mode_of(folder.path(".s.pkl.dill-0")), mode_t{0600});
    one->discard();
    QCOMPARE(folder.names(), QStringList(".s.pkl.dill-1"));
  }

  void leftovers_are_removed_data() { both_kinds(); }
  void leftovers_are_removed() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    for (const int number : {0, 1, 3}) make(folder.path(QString(".s.pkl.dill-%1").arg(number)), "half of a");
    make(folder.path(".other.pkl.dill-0"), "of another");
    QCOMPARE(write_there(folder.file(), "whole", temporary), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("whole"));
    QCOMPARE(folder.names(), QStringList({".other.pkl.dill-0", "s.pkl"}));
  }

  void what_is_no_leftover_stays() {
    const Folder folder;
    make(folder.path("precious"), "precious");
    QVERIFY(QFile::link("precious", folder.path(".s.pkl.dill-0")));
    QVERIFY(QDir().mkdir(folder.path(".s.pkl.dill-1")));
    QCOMPARE(::mkfifo(folder.file(".s.pkl.dill-2").c_str(), 0600), 0);
    make(folder.path(".s.pkl.dill-3"), "in use");
    const Descriptor other(::open(folder.file(".s.pkl.dill-3").c_str(), O_RDWR | O_CLOEXEC));
    QCOMPARE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    QStringList names = folder.names();
    auto file = AtomicFile::create(folder.file(), Temporary::Named);
    QVERIFY(file);
    QVERIFY(folder.names().contains(".s.pkl.dill-4"));
    QCOMPARE(error_of(file->commit()), 0);
    QCOMPARE(folder.names(), names << "s.pkl");
    QCOMPARE(content_of(folder.path("precious")), QByteArray("precious"));
    QCOMPARE(content_of(folder.path(".s.pkl.dill-3")), QByteArray("in use"));
  }

  void so_many_and_no_more() {
    const Folder folder;
    std::vector<AtomicFile> files;
    int error = 0;
    while (error == 0 && files.size() < 1000) {
      auto file = AtomicFile::create(folder.file(), Temporary::Named);
      error = error_of(file);
      if (file) files.push_back(std::move(*file));
    }
    QCOMPARE(error, EEXIST);
    QCOMPARE(files.size(), std::size_t{256});
    files.clear();
    QCOMPARE(folder.names(), QStringList());
  }

  void killed_at_random_moments_data() { both_kinds(); }
  void killed_at_random_moments() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    const QByteArray block(1 << 14, 'x');
    QRandomGenerator chance(7);
    make(folder.path(), "0\n" + block);
    int last = 0, progress = 0;
    for (int round = 0; round < 40; ++round) {
      const pid_t child = ::fork();
      if (child == 0) {
        for (int number = last + 1;; ++number)
          if (write_there(folder.file(), QByteArray::number(number) + '\n' + block, temporary) != 0) ::_exit(1);
      }
      QTest::qSleep(static_cast<int>(chance.bounded(1, 8)));
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      QVERIFY(WIFSIGNALED(status));
      const QByteArray content = content_of(folder.path());
      const int number = content.left(content.indexOf('\n')).toInt();
      QCOMPARE(content.mid(content.indexOf('\n') + 1), block);
      QVERIFY(number >= last);
      progress += number > last;
      last = number;
    }
    QVERIFY(progress > 0);
    // What the last instant may leave, the next write removes.
    QCOMPARE(write_there(folder.file(), "end", temporary), 0);
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void a_file_that_must_not_be_written() {
    const Folder folder;
    make(folder.path(), "old", 0444);
    QCOMPARE(ordinary_process([&] { return write_there(folder.file(), "new"); }), EACCES);
    QCOMPARE(content_of(folder.path()), QByteArray("old"));
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void a_folder_that_refuses_new_files_data() { both_kinds(); }
  void a_folder_that_refuses_new_files() {
    QFETCH(Temporary, temporary);
    const Folder folder;
    make(folder.path(), "the old content", 0666);
    const ino_t inode = inode_of(folder.path());
    folder.allow(0555);
    QCOMPARE(ordinary_process([&] { return write_there(folder.file(), "new", temporary); }), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("new"));
    QCOMPARE(inode_of(folder.path()), inode);
    QCOMPARE(ordinary_process([&] { return write_there(folder.file("none"), "new", temporary); }), EACCES);
    QCOMPARE(folder.names(), QStringList("s.pkl"));
    folder.allow(0777);
  }

  // A folder in which only owners may replace their files.
  void a_name_that_cannot_be_replaced_data() { both_kinds(); }
  void a_name_that_cannot_be_replaced() {
    QFETCH(Temporary, temporary);
    if (::geteuid() != 0) QSKIP("only root can make a file that belongs to somebody else");
    const Folder folder;
    make(folder.path(), "old", 0666);
    folder.allow(01777);
    QCOMPARE(ordinary_process([&] { return write_there(folder.file(), "new", temporary); }), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("new"));
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }

  void root_keeps_the_owner_data() { both_kinds(); }
  void root_keeps_the_owner() {
    QFETCH(Temporary, temporary);
    if (::geteuid() != 0) QSKIP("only root can write over the file of somebody else");
    const Folder folder;
    make(folder.path(), "old", 0640);
    QCOMPARE(::chown(folder.file().c_str(), 65534, 65534), 0);
    QCOMPARE(write_there(folder.file(), "new", temporary), 0);
    struct stat status;
    QCOMPARE(::stat(folder.file().c_str(), &status), 0);
    QCOMPARE(status.st_uid, uid_t{65534});
    QCOMPARE(status.st_gid, gid_t{65534});
    QCOMPARE(status.st_mode & 07777, mode_t{0640});
  }

  void old_content_comes_back_if_that_fails() {
    const Folder folder;
    make(folder.path(), "the old content", 0666);
    folder.allow(0555);
    const int error = ordinary_process([&] {
      auto file = AtomicFile::create(folder.file());
      const QByteArray content(100'000, 'n');
      if (!file || ::write(file->descriptor(), content.constData(), 100'000) != 100'000) return 254;
      // From here on the disk is as good as full.
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1000, 1000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 253;
      return error_of(file->commit());
    });
    folder.allow(0777);
    QCOMPARE(error, EFBIG);
    QCOMPARE(content_of(folder.path()), QByteArray("the old content"));
  }

  // The descriptors in /proc belong to root still, so the file without a name cannot be linked to one.
  void a_process_that_changed_its_user() {
    if (::geteuid() != 0) QSKIP("only root can change its user");
    const Folder folder;
    const pid_t child = ::fork();
    if (child == 0) {
      auto file = AtomicFile::create(folder.file());
      if (!file || ::write(file->descriptor(), "content", 7) != 7) ::_exit(254);
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(253);
      ::_exit(error_of(file->commit()));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
    QCOMPARE(content_of(folder.path()), QByteArray("content"));
    QCOMPARE(folder.names(), QStringList("s.pkl"));
  }
};

QTEST_APPLESS_MAIN(AtomicFileTest)
#include "tst_atomic_file.moc"
