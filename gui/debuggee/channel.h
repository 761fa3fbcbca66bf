// The Explorer's end of the line to one debuggee: JSON lines over a local socket that only the debuggee can use.
//
// The socket lies in a folder that only this user may enter; a connection counts as the debuggee's once its first line
// carries the token (128 random bits, handed to the child by environment). Others are dropped, at most one is accepted.
// The protocol itself is described in pymodule/dill/_debuggee.py.
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QLocalServer>
#include <QLocalSocket>
#include <QObject>
#include <QString>
#include <QTemporaryDir>

#include <memory>

namespace dill::gui {

class Channel : public QObject {
  Q_OBJECT
 public:
  explicit Channel(QObject* parent = nullptr);

  // Makes the folder and the token and listens. Returns an empty string, or why that is impossible.
  QString listen();

  QString folder() const { return folder_->path(); }  // private to this user, removed with the Channel
  QString socketPath() const { return server_.fullServerName(); }
  const QByteArray& token() const { return token_; }  // 32 hexadecimal digits
  bool isOpen() const { return peer_ != nullptr; }    // a debuggee is connected

  // Sends one line; does nothing unless isOpen().
  void send(const QJsonObject& command);

 signals:
  void received(const QJsonObject& event);  // the first one is the line with the token
  void closed();                            // the debuggee hung up, after its last received()
  void broken(const QString& reason);       // it sent something that is no line of JSON; nothing more is read

 private:
  void admit();
  void readFirstLine(QLocalSocket* socket);
  void readLines();
  void deliver(const QByteArray& line);

  std::unique_ptr<QTemporaryDir> folder_;
  QByteArray token_;
  QLocalServer server_;
  QLocalSocket* peer_ = nullptr;
};

}  // namespace dill::gui
