import { ApiError, type Rest, type RestRequest } from '../../../../src/runtime/rest.ts';

/** What a path answers with: a value, or the status of an error. */
export type Answers = Readonly<Record<string, unknown>>;

/** An API server that knows a few paths, answers 404 to others, and remembers what it was asked. A number is an error of that status. */
export function smallCluster(answers: Answers): { readonly rest: Rest; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const call = async <T>({ path, query }: RestRequest): Promise<T> => {
    const position = query?.['continue'];
    const asPage = position === undefined ? path : `${path}?${String(position)}`;
    asked.push(asPage);
    const answer = answers[asPage] ?? 404;
    if (typeof answer === 'number') throw new ApiError(answer, '', `GET ${path} answered ${answer}`);
    return answer as T;
  };
  return { asked, rest: { call, stream: () => Promise.reject(new Error('no streams')), close: () => Promise.resolve() } };
}
