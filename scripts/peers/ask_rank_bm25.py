"""rank-bm25: Okapi and BM25+. Its BM25L has no counterpart."""
import importlib.metadata

import numpy as np
from rank_bm25 import BM25Okapi, BM25Plus

from .cases import Draw, case

PACKAGE, VERSION = "rank-bm25", importlib.metadata.version("rank-bm25")

DIFFERENCES = {
    "factor k1+1": ["from rank_bm25 import BM25Okapi",
                    "docs = [['a'], ['b'], ['c']]",
                    "print(BM25Okapi(docs, k1=1.0).get_scores(['a']).round(6))"],
    "idf floor": ["from rank_bm25 import BM25Okapi",
                  "docs = [['a', 'b'], ['a', 'c'], ['a', 'd'], ['e']]",
                  "print(BM25Okapi(docs, k1=1.0, b=0.0).get_scores(['a']).round(6))"],
    "absent terms": ["from rank_bm25 import BM25Plus",
                     "docs = [['a'], ['b'], ['c']]",
                     "print(BM25Plus(docs, k1=1.0, b=0.0).get_scores(['a']).round(6))"],
}


def cases():
    d = Draw("rank-bm25")
    for docs, words, length in ((3, 6, 4), (8, 12, 9), (30, 40, 20)):
        for k1, b in ((1.5, 0.75), (1.2, 0.0), (0.9, 1.0)):
            corpus = [[words + i] + d.ints(words, 1 + d.ints(length, 1)[0]).tolist() for i in range(docs)]
            held = [w for w in range(words + docs) if 0 < 2 * sum(w in doc for doc in corpus) < docs]
            common = [w for w in range(words) if 2 * sum(w in doc for doc in corpus) > docs]
            query = [d.choice(held) for _ in range(3)]
            yield ask("robertson", BM25Okapi, corpus, query, k1, b, "factor k1+1")
            if common:
                yield ask("robertson", BM25Okapi, corpus, common[:1], k1, b, "idf floor")
            yield ask("bm25+", BM25Plus, corpus, query, k1, b, "absent terms")
    # Every document holds every term of the query: nothing is absent.
    for docs, length in ((4, 6), (7, 15)):
        corpus = [[0, 1] + d.ints(5, d.ints(length, 1)[0]).tolist() for _ in range(docs)]
        yield ask("bm25+", BM25Plus, corpus, [1, 0, 0], 1.5, 0.75)


def ask(variant, model, corpus, query, k1, b, differs=None):
    scores = model(corpus, k1=k1, b=b).get_scores(query)
    ins = {"query": np.array(query), "tokens": np.array(sum(corpus, [])), "offsets": np.cumsum([0] + [len(doc) for doc in corpus]),
           "k1": np.array(k1), "b": np.array(b)}
    return case("bm25", f"rank_bm25.{model.__name__}(corpus, k1=k1, b=b).get_scores(query)", ins, {"score": scores}, {"variant": variant}, differs)
