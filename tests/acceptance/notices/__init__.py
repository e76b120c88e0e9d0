"""Who is told of a refusal, in which words, and who never is: asked of the program from outside."""
