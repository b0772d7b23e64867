using System.Data.Common;

namespace Roadstead.Server.Metadata;

/// <summary>A write was not tried, since the last one failed and none has succeeded since.</summary>
public sealed class DatabaseFailingException(DbException fault) : DbException($"the database took no write lately: {fault.Message}", fault);
