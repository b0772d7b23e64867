using System.Data.Common;
using Roadstead.Server.Metadata;

namespace Roadstead.Server.Retention;

/// <summary>How much of the store each project takes.</summary>
internal sealed class ProjectUsage(Database database, UsageLedger ledger)
{
    /// <summary>Bytes of the blobs that a project's repositories hold, shared ones once.</summary>
    /// <exception cref="DbException">The database cannot be read.</exception>
    public long Used(string project) => ledger.IsCounted ? ledger.Of(project) : database.Read(connection => UsageTable.Used(connection, project));
}
