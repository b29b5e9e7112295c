%% ?P(Expression) prints the expression and what became of it, on one line.
-define(P(Expression), oracle:show(??Expression, fun() -> Expression end)).
