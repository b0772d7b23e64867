var b = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder(args); var app = b.Build(); app.Run();
