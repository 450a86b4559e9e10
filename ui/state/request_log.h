#pragma once

#include "hearth/server.h"

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <QString>

#include <deque>
#include <vector>

namespace hearth::ui {

/// The requests that the window's server has answered, newest first; the oldest go beyond a
/// number of rows, their bodies beyond a number of bytes. Window's thread.
class RequestLog : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr int kMostRows = 5000;
    static constexpr qsizetype kMostBodyBytes = qsizetype{32} << 20;

    enum Role { ErrorRole = Qt::UserRole + 1 }; ///< bool: it was not answered well.

    explicit RequestLog(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    int rowCount(const QModelIndex& parent = {}) const override;
    /// DisplayRole: the line in words, as a screen reader says it.
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    [[nodiscard]] const ServedRequest& at(int row) const {
        return m_requests.at(static_cast<std::size_t>(row));
    }
    /// In the order in which they ended.
    void add(std::vector<ServedRequest> requests);
    void clear();

private:
    void dropOldBodies();

    std::deque<ServedRequest> m_requests; ///< Newest first.
    qsizetype m_bodyBytes = 0;
};

/// Rows of a RequestLog with a text in them, or only those that went wrong.
class RequestFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit RequestFilter(RequestLog& log, QObject* parent = nullptr);

    /// In method, path, status, model, client, agent, key or error; blank: all.
    void setText(const QString& text);
    void setErrorsOnly(bool errorsOnly);
    [[nodiscard]] const ServedRequest& at(int row) const;

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    RequestLog& m_log;
    QString m_text;
    bool m_errorsOnly = false;
};

/// 400 and above, but not a client that hung up.
[[nodiscard]] bool isErrorStatus(int status);

} // namespace hearth::ui
