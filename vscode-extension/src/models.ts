/** Which models Ollama has. No `vscode` here. */

const LIMIT_MS = 2000;

/** Their names, sorted; none when there is no Ollama at this address. */
export async function modelNames(ollamaUrl: string): Promise<string[]> {
  try {
    const response = await fetch(new URL("/api/tags", ollamaUrl), { signal: AbortSignal.timeout(LIMIT_MS) });
    const { models } = (await response.json()) as { models: { name: string }[] };
    return models.map((model) => model.name).sort();
  } catch {
    return [];
  }
}
