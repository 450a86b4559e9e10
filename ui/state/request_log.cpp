#include "state/request_log.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr int kClientClosed = 499;

QString text(const std::string& bytes) {
    return QString::fromStdString(bytes);
}

QString lineOf(const ServedRequest& request) {
    QStringList parts{text(request.method), text(request.path), QString::number(request.status)};
    if (request.completionTokens > 0)
        parts += QStringLiteral("%1→%2").arg(request.promptTokens).arg(request.completionTokens);
    if (!request.error.empty())
        parts += text(request.error);
    if (!request.agent.empty())
        parts += text(request.agent);
    return parts.join(QLatin1Char(' '));
}

} // namespace

bool isErrorStatus(int status) {
    return status >= 400 && status != kClientClosed;
}

int RequestLog::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_requests.size());
}

QVariant RequestLog::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const ServedRequest& request = at(index.row());
    if (role == Qt::DisplayRole)
        return lineOf(request);
    if (role == ErrorRole)
        return isErrorStatus(request.status);
    return {};
}

void RequestLog::add(std::vector<ServedRequest> requests) {
    if (requests.empty())
        return;
    // More than the log holds: only the newest of them.
    const auto first = requests.size() > kMostRows ? requests.end() - kMostRows : requests.begin();
    const int count = static_cast<int>(requests.end() - first);
    const int surplus = std::max(0, rowCount() + count - kMostRows);
    if (surplus > 0) {
        beginRemoveRows({}, rowCount() - surplus, rowCount() - 1);
        for (int i = 0; i < surplus; ++i) {
            m_bodyBytes -= static_cast<qsizetype>(m_requests.back().body.size());
            m_requests.pop_back();
        }
        endRemoveRows();
    }
    beginInsertRows({}, 0, count - 1);
    for (auto request = first; request != requests.end(); ++request) {
        m_bodyBytes += static_cast<qsizetype>(request->body.size());
        m_requests.push_front(std::move(*request));
    }
    endInsertRows();
    dropOldBodies();
}

void RequestLog::dropOldBodies() {
    for (auto old = m_requests.rbegin(); old != m_requests.rend() && m_bodyBytes > kMostBodyBytes;
         ++old) {
        m_bodyBytes -= static_cast<qsizetype>(old->body.size());
        std::string().swap(old->body);
    }
}

void RequestLog::clear() {
    beginResetModel();
    m_requests.clear();
    m_bodyBytes = 0;
    endResetModel();
}

RequestFilter::RequestFilter(RequestLog& log, QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_log(log) {
    setSourceModel(&log);
}

void RequestFilter::setText(const QString& text) {
    m_text = text.trimmed();
    invalidateFilter();
}

void RequestFilter::setErrorsOnly(bool errorsOnly) {
    m_errorsOnly = errorsOnly;
    invalidateFilter();
}

const ServedRequest& RequestFilter::at(int row) const {
    return m_log.at(mapToSource(index(row, 0)).row());
}

bool RequestFilter::filterAcceptsRow(int row, const QModelIndex&) const {
    const ServedRequest& request = m_log.at(row);
    if (m_errorsOnly && !isErrorStatus(request.status))
        return false;
    if (m_text.isEmpty())
        return true;
    for (const std::string* field : {&request.method, &request.path, &request.model,
                                     &request.client, &request.agent, &request.key, &request.error})
        if (text(*field).contains(m_text, Qt::CaseInsensitive))
            return true;
    return QString::number(request.status) == m_text;
}

} // namespace hearth::ui
