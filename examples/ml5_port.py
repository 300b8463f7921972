"""Port a sketch that uses ml5's KNNClassifier: `python examples/ml5_port.py [FILE]`; ml5's lines stand beside ours."""

import sys

from posknn import KNNClassifier

# What a feature extractor or pose tracker gives: any numbers, as long as each example has as many.
ROCK = [[0.9, 0.1, 0.0], [0.8, 0.2, 0.1], [0.9, 0.2, 0.0]]
PAPER = [[0.1, 0.9, 0.2], [0.0, 0.8, 0.3], [0.2, 0.9, 0.1]]
SCISSORS = [[0.1, 0.2, 0.9], [0.2, 0.1, 0.8], [0.0, 0.3, 0.9]]


def main(path: str = "myKNN.json") -> None:
    knn = KNNClassifier()  # const knn = ml5.KNNClassifier();

    for features in ROCK:
        knn.add_example(features, "rock")  # knn.addExample(features, "rock");
    knn.add_examples(PAPER, ["paper"] * 3)  # many at once, which ml5 has not
    knn.add_examples(SCISSORS, ["scissors"] * 3)
    print(knn.get_num_labels(), "labels:", knn.get_count_by_label())  # knn.getNumLabels(), knn.getCountByLabel()

    # knn.classify(features, 3, (error, result) => { ... }); here the answer is returned, and an error raised
    result = knn.classify([0.2, 0.8, 0.2], k=3)
    print("label:", result.label)  # result.label
    print("confidences:", result.confidences_by_label)  # result.confidencesByLabel
    print("class index:", result.class_index, result.confidences)  # result.classIndex, result.confidences
    for near in result.neighbors:  # the examples that decided, which ml5 does not tell
        print(f"  example {near.example}, {near.label}, {near.distance:.4f} away")

    saved = knn.save(path)  # knn.save("myKNN"); the file is ml5's own: a browser can load it
    again = KNNClassifier.load(saved)  # knn.load("myKNN.json", () => { ... });
    print(f"{saved.name} loaded:", again.classify([0.2, 0.8, 0.2]).label)  # ml5 answers "1" here

    again.clear_label("rock")  # knn.clearLabel("rock");
    print("without rock:", again.get_count_by_label())
    again.clear_all_labels()  # knn.clearAllLabels();
    print("cleared:", len(again), "examples")


if __name__ == "__main__":
    main(*sys.argv[1:])
